"""What a query was understood to ask for, in words that a shopper can check."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from decimal import Decimal

from aethermart.client.answers.shop import Understood
from aethermart.skills.search.records import Constraints, MeasureRange, PriceRange, Rates
from aethermart.skills.search.understanding.prices import in_currencies
from aethermart.skills.search.understanding.reading import Reading

_KINDS = frozenset({"brand", "category", "colour", "size"})


def understood(
    reading: Reading,
    currencies: AbstractSet[str] = frozenset(),
    rates: Rates | None = None,
) -> tuple[Understood, ...]:
    """One for each constraint that the words named.

    currencies  that products have: a bound in another is told in theirs too, by the day's rate
    """
    return tuple(
        Understood(kind=kind, text=text) for kind, text in _told(reading, currencies, rates)
    )


def _told(
    reading: Reading, currencies: AbstractSet[str], rates: Rates | None
) -> Iterator[tuple[str, str]]:
    asked: Constraints = reading.constraints
    if reading.like is not None:
        yield "like", f"cheaper than {reading.like}"
    if asked.price is not None:
        yield "price", price_words(asked.price) + _elsewhere(asked.price, currencies, rates)
    for wanted in asked.wanted:
        kind = wanted.name if wanted.name in _KINDS else "attribute"
        values = " or ".join(sorted(wanted.values))
        yield kind, values if kind in _KINDS else f"{wanted.name} {values}"
    for unwanted in asked.unwanted:
        yield "without", f"{unwanted.name} not {' or '.join(sorted(unwanted.values))}"
    for word in asked.without:
        yield "without", f"without {word}"
    for measure in asked.measures:
        yield "measure", _measure_words(measure)
    if asked.in_stock:
        yield "stock", "in stock"
    if asked.min_rating is not None:
        yield "rating", f"{asked.min_rating:g} stars and more"


def price_words(price: PriceRange) -> str:
    """`under 100 EUR`, `20 to 50`, `from 20 GBP`."""
    if price.low is not None and price.high is not None:
        words = f"{_plain(price.low)} to {_plain(price.high)}"
    elif price.high is not None:
        words = f"{'under' if price.high_open else 'up to'} {_plain(price.high)}"
    elif price.low is not None:
        words = f"{'over' if price.low_open else 'from'} {_plain(price.low)}"
    else:
        words = "any price"
    return f"{words} {price.currency}".strip()


def _elsewhere(price: PriceRange, currencies: AbstractSet[str], rates: Rates | None) -> str:
    """What a bound is in the products' own currencies: told, for it decides what is shown."""
    others = currencies - {price.currency}
    if not price.currency or not others:
        return ""
    told = []
    for code, each in in_currencies(price, others, rates).items():
        rate = rates.of(price.currency, code) if rates else None
        dated = f" at the rate of {rate.on}" if rate else ""
        told.append(f" = {_amounts(each)} {code}{dated}")
    if not told:
        return f"; prices are in {', '.join(sorted(others))}, and no rate is known"
    return ",".join(told)


def _amounts(price: PriceRange) -> str:
    return " to ".join(f"{bound:f}" for bound in (price.low, price.high) if bound is not None)


def _measure_words(measure: MeasureRange) -> str:
    kind, _, unit = measure.kind.rpartition("_")
    if measure.high is not None:
        return f"{kind} {'under' if measure.is_open else 'up to'} {measure.high:g} {unit}"
    return f"{kind} {'over' if measure.is_open else 'from'} {measure.low:g} {unit}"


def _plain(amount: Decimal) -> str:
    return format(amount.normalize(), "f")
