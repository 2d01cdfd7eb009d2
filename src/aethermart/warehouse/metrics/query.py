"""Answer a metric from the kept gold tables: a row for each shop, currency and key.

Names of columns and tables come from metrics.toml alone; what a caller sends is either looked up
there or bound as a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

import duckdb

from aethermart.core.clock import lag_s
from aethermart.core.errors import BadInput, NotFound
from aethermart.core.money import minor_digits
from aethermart.warehouse.metrics.aggregate import Bound, Question, aggregate
from aethermart.warehouse.metrics.declared import Metric, list_metrics, metric_named
from aethermart.warehouse.metrics.lacking import lacking

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
class ShopAge:
    """as_of: every earlier commit of the shop is counted; None before its first snapshot's end."""

    shop: str
    as_of: datetime | None
    lag_s: float | None


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
    shops = shop_ages(connection, shop, now)
    question = Question(by, since, until, tuple((where or {}).items()))
    known = [age.as_of for age in shops if age.as_of is not None]
    oldest = min(known) if known and len(known) == len(shops) else None
    lacks = {age.shop: lacking(connection, metric, age.shop) for age in shops}
    return MetricAnswer(
        metric=metric.name,
        by=by,
        rows=tuple(
            row
            for shop_name, lack in lacks.items()
            for row in (_no_value if lack else _rows)(connection, metric, shop_name, question)
        ),
        as_of=oldest,
        lag_s=None if oldest is None else lag_s(now, oldest),
        shops=shops,
        quality=Quality(
            quarantined_rows(connection, shop),
            tuple(Lack(name, lack) for name, lack in lacks.items() if lack),
        ),
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


def shop_ages(
    connection: duckdb.DuckDBPyConnection, shop: str | None, now: datetime
) -> tuple[ShopAge, ...]:
    found = connection.execute(
        "SELECT d.shop, o.as_of FROM gold.dim_shop AS d "
        "LEFT JOIN mirror._offsets AS o ON o.shop = d.shop ORDER BY d.shop"
    ).fetchall()
    ages = tuple(ShopAge(n, at, None if at is None else lag_s(now, at)) for n, at in found)
    if shop is None:
        return ages
    chosen = tuple(age for age in ages if age.shop == shop)
    if not chosen:
        names = ", ".join(age.shop for age in ages) or "none yet"
        raise NotFound(f"no shop is named {shop!r}", fix=f"the shops here are: {names}")
    return chosen


def quarantined_rows(connection: duckdb.DuckDBPyConnection, shop: str | None) -> int:
    row = connection.execute(
        "SELECT COUNT(*) FROM gold.fct_quarantine WHERE COALESCE(shop = $shop, TRUE)",
        {"shop": shop},
    ).fetchone()
    return int(row[0]) if row else 0


def _no_value(
    connection: duckdb.DuckDBPyConnection, _metric: Metric, shop: str, question: Question
) -> list[MetricRow]:
    """What the shop cannot tell is none, and never 0."""
    if question.by is not None:
        return []
    return [MetricRow(shop, _own_currency(connection, shop), None, None)]


def _rows(
    connection: duckdb.DuckDBPyConnection, metric: Metric, shop: str, question: Question
) -> list[MetricRow]:
    """Sorted by currency and key; what has no key comes last."""
    found = [aggregate(connection, part, shop, question) for part in metric.parts]
    keys = {key for sums in found for key in sums}
    if question.by is None and not keys:
        keys = {(_own_currency(connection, shop), None)}
    return [
        MetricRow(
            shop,
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


def _own_currency(connection: duckdb.DuckDBPyConnection, shop: str) -> str:
    """A shop without rows still has an answer, in its own currency."""
    row = connection.execute("SELECT currency FROM gold.dim_shop WHERE shop = ?", [shop]).fetchone()
    return str(row[0]) if row else ""
