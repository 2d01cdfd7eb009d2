"""Rules, dashboard and page name only what is exported, with the labels it is exported with."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from aethermart.operations.telemetry import declared as m
from aethermart.operations.telemetry.declared import METRICS, Metric
from aethermart.operations.telemetry.export import Export
from aethermart.operations.telemetry.rules import RULES
from aethermart.operations.telemetry.samples import Sample
from aethermart.pipeline.settings import AlertSettings
from tools import ops_docs

_NAME = re.compile(r"\baethermart_\w+")
_GROUPED = re.compile(r"\bby \(([\w, ]+)\)")
_MATCHED = re.compile(r"(aethermart_\w+)\{([^}]*)\}")


@pytest.fixture(scope="module")
def exported() -> dict[str, set[str]]:
    """Series that Prometheus gets, each with its labels, of an export where each metric has one."""
    samples = [
        Sample(metric, tuple("x" for _ in metric.labels), 1.0)
        for metric in METRICS
        if metric.kind != "histogram"
    ]
    export = Export(lambda: samples)
    export.observed("GET", "/ops/sinks", 200, 0.003)
    return {
        sample.name: set(sample.labels)
        for family in text_string_to_metric_families(export.text())
        for sample in family.samples
    }


def queries() -> Iterator[str]:
    rules = yaml.safe_load(ops_docs.ALERTS.read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]
    dashboard = json.loads(ops_docs.DASHBOARD.read_text(encoding="utf-8"))
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            drawn_for = re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])
            yield f"{target['expr']} by ({', '.join(drawn_for) or 'le'})"


def test_every_declared_metric_is_exported_as_declared(exported: dict[str, set[str]]) -> None:
    for metric in METRICS:
        name = f"{metric.name}_count" if metric.kind == "histogram" else metric.name
        assert exported[name] == set(metric.labels), metric.name
    left = set(exported) - {metric.name for metric in METRICS}
    assert left == {f"{m.REQUESTS.name}_{part}" for part in ("bucket", "count", "sum", "created")}
    assert len({metric.name for metric in METRICS}) == len(METRICS)


@pytest.mark.promise("145")
def test_every_query_of_rules_and_dashboard_names_what_is_exported(
    exported: dict[str, set[str]],
) -> None:
    found = list(queries())
    assert len(found) > len(RULES) + 15
    for query in found:
        names = _NAME.findall(query)
        assert names, query
        assert set(names) <= set(exported), query
        for name, matched in _MATCHED.findall(query):
            labels = {part.split("=")[0].strip() for part in matched.split(",")}
            assert labels <= exported[name], query
        for grouped in _GROUPED.findall(query):
            labels = {label.strip() for label in grouped.split(",")}
            assert labels <= exported[names[0]] | {"le"}, query


def test_rules_and_dashboard_and_page_are_what_would_be_written() -> None:
    assert ops_docs.problems() == []
    for path, text in (
        (ops_docs.PAGE, ops_docs.page()),
        (ops_docs.ALERTS, ops_docs.alerts()),
        (ops_docs.DASHBOARD, ops_docs.dashboard()),
    ):
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `make docs`"


def test_a_rule_is_asked_of_prometheus_as_it_is_evaluated_here() -> None:
    asked = {rule.name: rule.promql(AlertSettings()) for rule in RULES}
    assert asked["CaptureStalled"] == 'aethermart_hop_lag_seconds{hop="log"} > 60'
    assert asked["LagOverBound"] == 'aethermart_hop_lag_seconds{hop=~"mirror|archive"} > 60'
    assert asked["DiskLow"] == "aethermart_disk_free_bytes < 1048576000"
    assert asked["LoginFailures"] == "increase(aethermart_login_failures_total[300s]) > 20"
    assert asked["QuarantineGrowth"] == (
        "aethermart_quarantined_rows - min_over_time(aethermart_quarantined_rows[3600s]) > 1000"
    )
    rules: dict[str, Any] = yaml.safe_load(ops_docs.alerts(AlertSettings(capture_stalled_s=5.0)))
    first = rules["groups"][0]["rules"][0]
    assert first["expr"] == 'aethermart_hop_lag_seconds{hop="log"} > 5'
    assert (first["for"], first["labels"]) == ("0s", {"severity": "critical"})


def test_every_rule_watches_a_metric_of_the_table() -> None:
    for rule in RULES:
        assert isinstance(rule.metric, Metric)
        assert rule.metric in METRICS
        assert set(rule.where) <= set(rule.metric.labels)
        assert rule.setting is None or hasattr(AlertSettings(), rule.setting)
