"""Why revenue changed between two periods: parts that sum to the change, to the cent.

Of products sold in both periods what changed is how many pieces were sold (volume), which ones
(mix) and for how much a piece (price); the others came or went. Refunds stand apart, at their own
date. The figures are the declared metrics', so an explanation never differs from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import duckdb

from aethermart.core.errors import BadInput
from aethermart.core.money import minor_digits
from aethermart.warehouse.metrics.declared import metric_named
from aethermart.warehouse.metrics.query import MetricAnswer, Quality, query_metric
from aethermart.warehouse.metrics.shops import ShopAge

EXPLAINED = "revenue"
CAUSES = ("volume", "mix", "price", "new_products", "gone_products", "refunds")
_Place = tuple[str, str]  # shop, currency


@dataclass(frozen=True, slots=True)
class Part:
    """One cause and what it added to the change, or took from it."""

    cause: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Explanation:
    """base, value: of the period before and of the one asked for; parts sum to their difference.

    None and no parts where the shop's pack does not give what revenue is made of.
    """

    shop: str
    currency: str
    base: Decimal | None
    value: Decimal | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ExplanationAnswer:
    """against: where the period before begins; it ends where the one asked for begins."""

    metric: str
    against: date | datetime
    since: date | datetime
    until: date | datetime
    rows: tuple[Explanation, ...]
    as_of: datetime | None
    lag_s: float | None
    shops: tuple[ShopAge, ...]
    quality: Quality
    sources: tuple[str, ...]


@dataclass(slots=True)
class Sold:
    """What a shop sold in one period, in one currency.

    sales, units  by product, before refunds
    revenue       after refunds
    """

    sales: dict[str | None, Decimal] = field(default_factory=dict)
    units: dict[str | None, int] = field(default_factory=dict)
    revenue: Decimal = Decimal(0)

    @property
    def refunds(self) -> Decimal:
        return sum(self.sales.values(), Decimal(0)) - self.revenue


def explain(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    shop: str | None,
    since: date | datetime,
    until: date | datetime,
    now: datetime,
) -> ExplanationAnswer:
    """Revenue from `since` to `until` against the period of the same length before it.

    The caller's transaction makes both periods one consistent picture.
    Raises NotFound for an unknown metric or shop, BadInput for another metric or for bounds of two
    kinds.
    """
    if metric_named(name).name != EXPLAINED:
        raise BadInput(f"{name} cannot be explained", fix=f"ask for {EXPLAINED}")
    against = _before(since, until)
    whole = query_metric(connection, EXPLAINED, shop, None, since, until, now)
    before = query_metric(connection, EXPLAINED, shop, None, against, since, now)
    sold = _sold(connection, whole, shop, since, until, now)
    had = _sold(connection, before, shop, against, since, now)
    lacking = {lack.shop: lack for lack in whole.quality.lacking}
    return ExplanationAnswer(
        metric=EXPLAINED,
        against=against,
        since=since,
        until=until,
        rows=tuple(
            _unknown(*place)
            if place[0] in lacking
            else _explained(*place, had.get(place, Sold()), sold.get(place, Sold()))
            for place in sorted({*sold, *had})
        ),
        as_of=whole.as_of,
        lag_s=whole.lag_s,
        shops=whole.shops,
        quality=whole.quality,
        sources=whole.sources,
    )


def parts_of(before: Sold, after: Sold, digits: int) -> tuple[Part, ...]:
    """The causes in the order of CAUSES; they sum to the change of revenue exactly.

    digits  decimal places of the currency's minor unit; what rounding leaves goes to the largest
    """
    both = [
        product
        for product, units in before.units.items()
        if units > 0 and after.units.get(product, 0) > 0
    ]
    price_before = {p: Fraction(before.sales.get(p, Decimal(0))) / before.units[p] for p in both}
    sold_before = sum((Fraction(before.sales.get(p, Decimal(0))) for p in both), Fraction(0))
    pieces_before = sum(before.units[p] for p in both)
    pieces_after = sum(after.units[p] for p in both)
    volume = (pieces_after - pieces_before) * sold_before / pieces_before if both else Fraction(0)
    moved = sum(((after.units[p] - before.units[p]) * price_before[p] for p in both), Fraction(0))
    price = sum(
        (Fraction(after.sales.get(p, Decimal(0))) - after.units[p] * price_before[p] for p in both),
        Fraction(0),
    )
    exact = {
        "volume": volume,
        "mix": moved - volume,
        "price": price,
        "new_products": _others(after.sales, both),
        "gone_products": -_others(before.sales, both),
        "refunds": Fraction(before.refunds - after.refunds),
    }
    return _rounded(exact, after.revenue - before.revenue, digits)


def _others(sales: Mapping[str | None, Decimal], both: list[str | None]) -> Fraction:
    known = set(both)
    return sum((Fraction(sold) for p, sold in sales.items() if p not in known), Fraction(0))


def _rounded(exact: Mapping[str, Fraction], change: Decimal, digits: int) -> tuple[Part, ...]:
    unit = Decimal(1).scaleb(-digits)
    rounded = {
        cause: (Decimal(part.numerator) / Decimal(part.denominator)).quantize(
            unit, rounding=ROUND_HALF_UP
        )
        for cause, part in exact.items()
    }
    largest = max(exact, key=lambda cause: abs(exact[cause]))
    rounded[largest] += change - sum(rounded.values(), Decimal(0))
    return tuple(Part(cause, rounded[cause]) for cause in CAUSES)


def _explained(shop: str, currency: str, before: Sold, after: Sold) -> Explanation:
    parts = parts_of(before, after, minor_digits(currency))
    return Explanation(shop, currency, before.revenue, after.revenue, parts)


def _unknown(shop: str, currency: str) -> Explanation:
    return Explanation(shop, currency, None, None, ())


def _sold(
    connection: duckdb.DuckDBPyConnection,
    whole: MetricAnswer,
    shop: str | None,
    since: date | datetime,
    until: date | datetime,
    now: datetime,
) -> dict[_Place, Sold]:
    found: dict[_Place, Sold] = {}
    for row in whole.rows:
        sold = found.setdefault((row.shop, row.currency), Sold())
        sold.revenue = Decimal(row.value or 0)
    for name in ("gross_sales", "units"):
        for row in query_metric(connection, name, shop, "product", since, until, now).rows:
            sold = found.setdefault((row.shop, row.currency), Sold())
            if name == "units":
                sold.units[row.key] = int(row.value or 0)
            else:
                sold.sales[row.key] = Decimal(row.value or 0)
    return found


def _before(since: date | datetime, until: date | datetime) -> date | datetime:
    """Where the period of the same length before begins."""
    told = f"from {since.isoformat()!r} and to {until.isoformat()!r}"
    try:
        if isinstance(since, datetime) and isinstance(until, datetime):
            return since - (until - since)
        if not isinstance(since, datetime) and not isinstance(until, datetime):
            return since - (until - since)
    except OverflowError:
        raise BadInput(
            f"{told}: the period before would begin before the year 1", fix="ask for less"
        ) from None
    raise BadInput(f"{told} are of two kinds", fix="give two days or two instants")
