"""What goes in and what comes out: products, constraints, hits with reasons, facets, pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

Sort = Literal["relevance", "price_asc", "price_desc", "rating", "title"]


@dataclass(frozen=True, slots=True)
class Product:
    """One product as a shop describes it. `None` is unknown: it passes no filter that asks for it.

    attributes  name -> value, for instance colour and size; names in lower case
    rating      0 to 5
    """

    product_uid: str
    title: str
    description: str = ""
    brand: str = ""
    category: str = ""
    price: Decimal | None = None
    currency: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    stock: int | None = None
    rating: float | None = None
    visible: bool = True


@dataclass(frozen=True, slots=True)
class PriceRange:
    """From `low` to `high`, each part of it unless `open`; any currency where none is named."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_open: bool = False
    high_open: bool = False
    currency: str = ""

    def holds(self, price: Decimal | None, currency: str) -> bool:
        """Whether a price lies within; an unknown price does not, nor one in another currency."""
        if price is None or (self.currency and currency != self.currency):
            return False
        above = self.low is None or price > self.low or (price == self.low and not self.low_open)
        below = (
            self.high is None or price < self.high or (price == self.high and not self.high_open)
        )
        return above and below


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of one currency for one of another, as known on a day."""

    value: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class Rates:
    """per  (from, to) -> units of `to` for one of `from`"""

    per: Mapping[tuple[str, str], Rate]

    def of(self, code: str, other: str) -> Rate | None:
        """Units of `other` for one of `code`: as told, the other way round, or by a third one; of
        two rates' days the older."""
        direct = self._told(code, other)
        if direct is not None:
            return direct
        for third in sorted({third for pair in self.per for third in pair} - {code, other}):
            first, second = self._told(code, third), self._told(third, other)
            if first is not None and second is not None:
                return Rate(first.value * second.value, min(first.on, second.on))
        return None

    def _told(self, code: str, other: str) -> Rate | None:
        told, back = self.per.get((code, other)), self.per.get((other, code))
        if told is not None or back is None:
            return told
        return Rate(1 / back.value, back.on) if back.value else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """`name` (brand, category, colour, size or another attribute) has one of `values`, folded."""

    name: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class MeasureRange:
    """A bound on what an attribute measures, in its own unit: `weight_g`, `length_mm` …"""

    kind: str
    low: float | None = None
    high: float | None = None
    is_open: bool = True

    def holds(self, value: float) -> bool:
        """Whether a measure lies within; a millionth is left for the rounding of units."""
        slack = -abs(value) * 1e-6 if self.is_open else abs(value) * 1e-6
        above = self.low is None or value > self.low - slack
        return above and (self.high is None or value < self.high + slack)


@dataclass(frozen=True, slots=True)
class Constraints:
    """Hard filters: what does not meet all of them is never shown.

    wanted      one value each of these
    unwanted    none of these values
    without     words (or phrases) that may stand nowhere in a product's text, unless denied there
    measures    bounds, each met by some attribute of the product
    excluded    products that are never shown, by id
    """

    price: PriceRange | None = None
    wanted: tuple[Wanted, ...] = ()
    unwanted: tuple[Wanted, ...] = ()
    without: tuple[str, ...] = ()
    measures: tuple[MeasureRange, ...] = ()
    excluded: frozenset[str] = frozenset()
    in_stock: bool = False
    min_rating: float | None = None

    def __bool__(self) -> bool:
        return self != Constraints()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a hit is where it is: a part of its score, and the words that brought it.

    part    words, spelling, near, letters, meaning, labels
    """

    part: str
    score: float
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    product: Product
    score: float
    reasons: tuple[Reason, ...] = ()
    highlighted: str = ""


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Exact counts over all products that match, not over the page."""

    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """
    total      products that match, on all pages
    cursor     where the next page begins; None on the last
    read_as    words that were looked for instead of or beside what was typed
    relaxed    soft parts of the query that were given up because nothing matched
    """

    hits: tuple[Hit, ...]
    total: int
    constraints: Constraints
    text: str
    cursor: str | None = None
    facets: tuple[Facet, ...] = ()
    read_as: tuple[tuple[str, str], ...] = ()
    relaxed: tuple[str, ...] = ()
