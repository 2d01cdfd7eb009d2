"""Answer a metric from the gold tables: a row for each shop, currency and key.

The SQL is what MetricFlow made of the declared metrics; what a caller sends is either looked up
among them or bound as a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import duckdb

from aethermart.core.clock import lag_s
from aethermart.core.errors import BadInput
from aethermart.core.money import minor_digits
from aethermart.warehouse.metrics.aggregate import Question, aggregate
from aethermart.warehouse.metrics.declared import Metric, Unit, list_metrics, metric_named
from aethermart.warehouse.metrics.shops import Bound, KnownShop, ShopAge, known_shops, oldest

__all__ = ["MetricAnswer", "list_metrics", "query_metric"]

Value = Decimal | int | None
_RATIO = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One value.

    key    the dimension's value or the grain's name (2026-01); None for a whole, and where the
           shop records none
    value  Decimal for money and, with four places, for a ratio; int for a count; None where there
           is nothing to divide by, or nothing is known
    """

    shop: str
    currency: str
    key: str | None
    value: Value


@dataclass(frozen=True, slots=True)
class Lack:
    """Entities that the metric is made of and the shop's pack does not give."""

    shop: str
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """quarantined_rows: source rows of the shops shown that broke a rule and are not counted."""

    quarantined_rows: int
    lacking: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricAnswer:
    """as_of and lag_s are those of the oldest shop shown, None while any is unknown."""

    metric: str
    label: str
    description: str
    unit: Unit
    by: str | None
    rows: tuple[MetricRow, ...]
    as_of: datetime | None
    lag_s: float | None
    shops: tuple[ShopAge, ...]
    quality: Quality
    sources: tuple[str, ...]


def query_metric(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    shop: str | None,
    by: str | None,
    since: Bound,
    until: Bound,
    now: datetime,
    where: Mapping[str, str] | None = None,
) -> MetricAnswer:
    """The metric `name`, of one shop or each, from `since` (included) to `until` (excluded).

    where  dimension -> the value it has: what else is left out

    A bound that is a date counts on the shop's own calendar, one that is an instant exactly.
    The caller's transaction makes rows, ages and quality one consistent picture.
    Raises NotFound for an unknown metric or shop, BadInput for a dimension or bound.
    """
    metric = metric_named(name)
    metric.check_by(by)
    for dimension in where or {}:
        metric.check_dimension(dimension)
    _check_bounds(since, until)
    shops = known_shops(connection, shop, now)
    narrowed = tuple((where or {}).items())
    rows: list[MetricRow] = []
    lacks: list[Lack] = []
    for each in shops:
        # What the shop cannot tell is none, and never 0.
        lack = tuple(entity for entity in metric.needs if entity not in each.entities)
        if lack:
            lacks.append(Lack(each.name, lack))
            rows += [] if by else [MetricRow(each.name, each.currency, None, None)]
        else:
            bounds = (each.on_calendar(since), each.on_calendar(until))
            rows += _rows(connection, metric, each, Question(by, *bounds, narrowed))
    ages = tuple(each.age for each in shops)
    as_of = oldest(ages)
    return MetricAnswer(
        metric=metric.name,
        label=metric.label,
        description=metric.description,
        unit=metric.unit,
        by=by,
        rows=tuple(rows),
        as_of=as_of,
        lag_s=None if as_of is None else lag_s(now, as_of),
        shops=ages,
        quality=Quality(quarantined_rows(connection, shop), tuple(lacks)),
        sources=metric.sources,
    )


def _check_bounds(since: Bound, until: Bound) -> None:
    for bound in (since, until):
        if isinstance(bound, datetime) and bound.tzinfo is None:
            raise BadInput(
                f"{bound.isoformat()!r} has no time zone", fix="add one: 2026-01-31T00:00:00Z"
            )
    if since is not None and until is not None and type(since) is type(until) and since >= until:
        raise BadInput(
            f"from {since.isoformat()!r} is not before to {until.isoformat()!r}",
            fix="`to` is excluded: name the day after the last one wanted",
        )


def quarantined_rows(connection: duckdb.DuckDBPyConnection, shop: str | None) -> int:
    row = connection.execute(
        "SELECT COUNT(*) FROM gold.fct_quarantine WHERE COALESCE(shop = $shop, TRUE)",
        {"shop": shop},
    ).fetchone()
    return int(row[0]) if row else 0


def _rows(
    connection: duckdb.DuckDBPyConnection, metric: Metric, shop: KnownShop, question: Question
) -> list[MetricRow]:
    """Sorted by currency and key; what has no key comes last."""
    found = [aggregate(connection, part, shop.name, question) for part in metric.inputs]
    keys = {key for sums in found for key in sums}
    if question.by is None and not keys:
        keys = {(shop.currency, None)}  # a shop without rows still has an answer
    return [
        MetricRow(
            shop.name,
            currency,
            key,
            _value(metric, currency, [s.get((currency, key), 0) for s in found]),
        )
        for currency, key in sorted(keys, key=lambda k: (k[0], k[1] is None, k[1] or ""))
    ]


def _value(metric: Metric, currency: str, values: list[Decimal | int | None]) -> Value:
    amount = values[0]
    if amount is None:
        return None
    if len(values) == 2:
        if not values[1]:
            return None
        amount = Decimal(amount) / values[1]
    if metric.unit == "count":
        return int(amount)
    if metric.unit == "ratio":
        return Decimal(amount).quantize(_RATIO, rounding=ROUND_HALF_UP)
    unit = Decimal(1).scaleb(-minor_digits(currency))
    return Decimal(amount).quantize(unit, rounding=ROUND_HALF_UP)
