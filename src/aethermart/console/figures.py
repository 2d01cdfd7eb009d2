"""The numbers a page shows, each with its age and its source, out of the API's answers.

Rows of one currency are added where the metric can be added (revenue, counts); currencies never
are, and averages never are: these stand a shop at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from aethermart.client.answers.lake import MetricAnswer, MetricRow, ShopAge
from aethermart.console.format import NOTHING


@dataclass(frozen=True, slots=True)
class Stamp:
    """How old a number is and where it comes from.

    as_of  every commit of its shops before this instant is counted; None where there are no data
    lag_s  seconds since `as_of`, now
    """

    as_of: datetime | None
    lag_s: float | None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    text: str
    label: str
    stamp: Stamp | None


Write = Callable[[Decimal | int, str | None], str]


def figures(
    answer: MetricAnswer, write: Write, *, adds: bool, held_s: float = 0.0
) -> tuple[Figure, ...]:
    """One figure a currency, or a shop and currency where values cannot be added.

    held_s  seconds since the answer came: its ages grow by them
    """
    groups: dict[tuple[str, ...], list[MetricRow]] = {}
    for row in answer.rows:
        key = (row.currency or "",) if adds else (row.currency or "", row.shop)
        groups.setdefault(key, []).append(row)
    return tuple(_figure(answer, rows, write, held_s) for rows in groups.values())


def total(answer: MetricAnswer) -> int:
    """All counts together, whatever the currency of their orders. For metrics that count."""
    return sum(int(row.value) for row in answer.rows if row.value is not None)


def stamp_of(
    answer: MetricAnswer, shops: Iterable[str] | None = None, held_s: float = 0.0
) -> Stamp:
    """The oldest age among the shops; unknown where one of them has no data yet.

    shops  None takes every shop that has data, as the answer's own `as_of` does
    """
    if shops is None:
        return Stamp(answer.as_of, _aged(answer.lag_s, held_s), answer.sources)
    named = set(shops)
    ages = [age for age in answer.shops if age.shop in named]
    oldest = min(ages, key=_lateness, default=None)
    if oldest is None:
        return Stamp(None, None, answer.sources)
    return Stamp(oldest.as_of, _aged(oldest.lag_s, held_s), answer.sources)


def _figure(answer: MetricAnswer, rows: list[MetricRow], write: Write, held_s: float) -> Figure:
    shops = [row.shop for row in rows]
    values = [row.value for row in rows if row.value is not None]
    currency = rows[0].currency
    text = write(sum(values[1:], values[0]), currency) if values else NOTHING
    label = " · ".join(filter(None, (currency, ", ".join(shops))))
    return Figure(text, label, stamp_of(answer, shops, held_s))


def _lateness(age: ShopAge) -> tuple[bool, float]:
    """Sorts the shop without data first, then the one with the longest lag."""
    return (age.as_of is not None, -(age.lag_s or 0.0))


def _aged(lag_s: float | None, held_s: float) -> float | None:
    return None if lag_s is None else lag_s + held_s
