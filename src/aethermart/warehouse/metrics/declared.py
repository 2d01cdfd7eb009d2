"""The metrics that dbt/models/metrics declares, as MetricFlow compiled them into compiled.json.

`make docs` writes that file (tools/metric_sql.py); a test holds it against the YAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal

from aethermart.core.errors import BadInput, NotFound

Unit = Literal["money", "count", "ratio"]

# Grain -> the name of a date in it.
GRAINS = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}
COMPILED = Path(__file__).with_name("compiled.json")
WHOLE = ""  # what a statement is split by that is not split
_PARAMETER = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Statements:
    """SQL of one input, by what it is split by. A row: currency, the key where there is one, the
    value, and of day totals the rows it is made of."""

    sql: Mapping[str, str]

    @cached_property
    def parameters(self) -> frozenset[str]:
        """`shop`, bounds (`since`, `since_at`…) and dimensions; of every statement the same."""
        return frozenset(_PARAMETER.findall(next(iter(self.sql.values()), "")))


@dataclass(frozen=True, slots=True)
class Input:
    """A sum or count that a metric is, or is divided from.

    table   of gold, whose rows are read
    needs   entities that a shop's pack must stage for it to have a value
    totals  the same over the day totals, where they can tell it; else without statements
    """

    table: str
    needs: tuple[str, ...]
    lines: Statements
    totals: Statements


@dataclass(frozen=True, slots=True)
class DayTotals:
    """A kept table of gold added up by shop, date and `by`: its rows, and `sums`, never null."""

    table: str
    date: str
    by: tuple[str, ...]
    sums: tuple[str, ...]

    @property
    def relation(self) -> str:
        return f"gold.{self.table}_by_day"


@dataclass(frozen=True, slots=True)
class Metric:
    """inputs: the one, or numerator and denominator of a ratio."""

    name: str
    label: str
    description: str
    unit: Unit
    dimensions: tuple[str, ...]
    grains: tuple[str, ...]
    inputs: tuple[Input, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(f"gold.{each.table}" for each in self.inputs))

    @property
    def needs(self) -> tuple[str, ...]:
        """Entities that a shop's pack must stage for the metric to have a value."""
        return tuple(dict.fromkeys(entity for each in self.inputs for entity in each.needs))

    def check_by(self, by: str | None) -> None:
        known = (*self.dimensions, *self.grains)
        if by is not None and by not in known:
            raise BadInput(
                f"{self.name} cannot be shown by {by!r}", fix=f"use one of {', '.join(known)}"
            )

    def check_dimension(self, dimension: str) -> None:
        if dimension not in self.dimensions:
            raise BadInput(
                f"{self.name} cannot be narrowed by {dimension!r}",
                fix=f"use one of {', '.join(self.dimensions) or 'no dimension'}",
            )


def list_day_totals() -> tuple[DayTotals, ...]:
    return tuple(_declared()[0].values())


def list_metrics() -> tuple[Metric, ...]:
    return tuple(_declared()[1].values())


def metric_named(name: str) -> Metric:
    known = _declared()[1]
    if name not in known:
        raise NotFound(f"no metric is named {name!r}", fix=f"use one of {', '.join(known)}")
    return known[name]


@cache
def _declared() -> tuple[dict[str, DayTotals], dict[str, Metric]]:
    content = json.loads(COMPILED.read_text(encoding="utf-8"))
    inputs = {key: _input(each) for key, each in content["inputs"].items()}
    totals = {each["table"]: DayTotals(**_lists_fixed(each)) for each in content["day_totals"]}
    metrics = {
        each["name"]: Metric(
            **_lists_fixed({**each, "inputs": [inputs[key] for key in each["inputs"]]})
        )
        for each in content["metrics"]
    }
    return totals, metrics


def _input(content: dict[str, Any]) -> Input:
    return Input(
        content["table"],
        tuple(content["needs"]),
        Statements(content["lines"]),
        Statements(content["totals"]),
    )


def _lists_fixed(content: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in content.items()}
