"""The SQL that is shipped is MetricFlow's, made of the YAML as it stands; others get the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

from aethermart.packs.pack import Shop
from aethermart.warehouse.compile import run_dbt
from aethermart.warehouse.metrics.declared import COMPILED, list_metrics
from aethermart.warehouse.metrics.query import query_metric
from aethermart.warehouse.render import render
from tests.warehouse.lake import ORDERED, Lake
from tools import metric_sql

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
JANUARY, MARCH = datetime(2026, 1, 1), datetime(2026, 3, 1)  # noqa: DTZ001 - of DATE_TRUNC
BOUNDS = {"shop", "since", "until", "since_at", "until_at"}


@pytest.fixture(scope="module")
def target(shops: tuple[Shop, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where dbt left its manifests."""
    folder = tmp_path_factory.mktemp("parsed")
    render(shops).write(folder / "project")
    run_dbt(["parse"], folder / "project", folder)
    return folder / "project" / "target"


@pytest.fixture
def shop(lake: Lake) -> Lake:
    """A little of everything, in two countries and on two channels."""
    lake.put("customer_addresses", address_id=1)
    lake.put("customer_addresses", address_id=2, city="Paris", country="FR")
    lake.put("categories", category_id=1)
    lake.put("products", product_id=1, category_id=1)
    lake.put("product_suppliers", product_supplier_id=1)
    lake.put("inventory_movements", movement_id=1, quantity_change=7)
    lake.order(1, "10.00", "5.55", total_amount=Decimal("600.00"))
    lake.order(2, "20.00", channel="mobile", address_id=2, currency="USD")
    lake.order(3, "7.00", status="CANCELLED")
    lake.order(4, "2.00", status="PENDING", ordered_at=ORDERED - timedelta(days=40))
    lake.put("returns", return_id=1, order_id=1, order_item_id=11, refund_amount=Decimal("5.00"))
    lake.put("payments", payment_id=1, order_id=1)
    lake.put("payments", payment_id=2, order_id=2, status="FAILED", currency="USD")
    lake.put("reviews", review_id=1, order_id=1)
    lake.put("reviews", review_id=2, order_id=2, rating=1)
    lake.put("order_events", order_event_id=1, order_id=1, to_status="PAID")
    shipped = ORDERED + timedelta(hours=5)
    lake.put("order_events", order_event_id=2, order_id=1, to_status="SHIPPED", changed_at=shipped)
    lake.put("clickstream_events", event_id=1)
    lake.put("clickstream_events", event_id=2, session_id="v2", event_type="add_to_cart")
    lake.put("clickstream_events", event_id=3, session_id="v3", event_type="add_to_cart")
    lake.put("clickstream_events", event_id=4, session_id="v3", event_type="purchase", order_id=1)
    lake.put("exchange_rates", rate_id=1)
    lake.put("social_posts", post_id=1, product_id=1)
    lake.reflects("aethermart", NOW)
    lake.applied(whole=True)
    return lake


def test_the_shipped_sql_was_made_of_the_yaml_as_it_stands(target: Path) -> None:
    shipped = json.loads(COMPILED.read_text(encoding="utf-8"))
    now = metric_sql.SemanticProject(target).fingerprint
    assert shipped["fingerprint"] == now, "run `make docs`"
    assert shipped["made_by"] == metric_sql.MADE_BY


@pytest.mark.nightly  # 8 s of CPU; what it could find has changed the fingerprint
def test_the_shipped_sql_is_what_metricflow_makes_of_the_yaml(target: Path) -> None:
    assert metric_sql.text(target) == COMPILED.read_text(encoding="utf-8")


def test_what_a_caller_sends_is_a_parameter_of_every_statement() -> None:
    for metric in list_metrics():
        for part in metric.inputs:
            assert part.lines.parameters >= BOUNDS | {*metric.dimensions}
            for statements in (part.lines, part.totals):
                narrowing = statements.parameters - {"shop"}
                for sql in statements.sql.values():
                    assert "( shop = $shop )" in sql
                    assert all(f"${name} IS NULL OR" in sql for name in narrowing)


def test_a_metric_asked_of_metricflow_by_its_name_is_the_platform_s(
    shop: Lake, target: Path
) -> None:
    """As `mf query` asks: over dbt's own manifest, ratios divided by MetricFlow, as floats."""
    manifest = json.loads((target / "semantic_manifest.json").read_text(encoding="utf-8"))
    engine = metric_sql.engine(manifest)
    theirs: dict[tuple[str, str], float] = {}
    ours: dict[tuple[str, str], float] = {}
    for metric in list_metrics():
        asked = MetricFlowQueryRequest.create(
            metric_names=[metric.name],
            group_by_names=["currency"],
            where_constraints=["{{ Entity('shop') }} = 'aethermart'"],
        )
        found = shop.rows(engine.explain(asked).sql_statement.sql)
        theirs |= {(metric.name, currency): float(value or 0) for currency, value in found}
        answer = query_metric(shop.connection, metric.name, "aethermart", None, None, None, NOW)
        ours |= {(metric.name, row.currency): float(row.value or 0) for row in answer.rows}
    assert {k: v for k, v in theirs.items() if v} == pytest.approx(
        {k: v for k, v in ours.items() if v}, abs=0.005
    )
    assert len(ours) > 40


def test_metricflow_s_months_are_the_platform_s(shop: Lake, target: Path) -> None:
    manifest = json.loads((target / "semantic_manifest.json").read_text(encoding="utf-8"))
    asked = MetricFlowQueryRequest.create(
        metric_names=["revenue"],
        group_by_names=["metric_time__month", "currency"],
        where_constraints=["{{ Entity('shop') }} = 'aethermart'"],
    )
    explained = metric_sql.engine(manifest).explain(asked)
    assert sorted(shop.rows(explained.sql_statement.sql)) == [
        (JANUARY, "EUR", Decimal("2.00")),
        (MARCH, "EUR", Decimal("10.55")),
        (MARCH, "USD", Decimal("20.00")),
    ]
