"""What changes about a product without a word of it changing: price, stock, rating, visibility.

One column a fact, over the catalogue. A change makes new columns, so a reader keeps the state that
it began with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aethermart.skills.search.libraries import Flags, Floats, np
from aethermart.skills.search.records import PriceRange, Product, Rates
from aethermart.skills.search.understanding.prices import in_currencies


@dataclass(frozen=True, slots=True)
class Facts:
    """
    visible     (n_docs,)
    stocked     (n_docs,) known to be in stock
    rating      (n_docs,) not a number where unknown, as `price`
    currency    (n_docs,) of text
    currencies  all that some product has
    """

    visible: Flags
    stocked: Flags
    rating: Floats
    price: Floats
    currency: Any
    currencies: frozenset[str]

    @staticmethod
    def of(products: Sequence[Product]) -> Facts:
        currency = [product.currency for product in products]
        return Facts(
            visible=np.array([product.visible for product in products], dtype=bool),
            stocked=np.array([_stocked(product) for product in products], dtype=bool),
            rating=np.array([_or_nan(product.rating) for product in products]),
            price=np.array([_or_nan(product.price) for product in products]),
            currency=np.array(currency, dtype=object),
            currencies=frozenset(currency) - {""},
        )

    def changed(self, products: Mapping[int, Product]) -> Facts:
        """These with those of some products, by place, replaced."""
        places = np.fromiter(products, dtype=np.int64, count=len(products))
        new = Facts.of(list(products.values()))
        same = bool((self.currency[places] == new.currency).all())
        currency = self.currency if same else _replaced(self.currency, places, new.currency)
        return Facts(
            visible=_replaced(self.visible, places, new.visible),
            stocked=_replaced(self.stocked, places, new.stocked),
            rating=_replaced(self.rating, places, new.rating),
            price=_replaced(self.price, places, new.price),
            currency=currency,
            currencies=self.currencies if same else frozenset(currency.tolist()) - {""},
        )

    def priced(self, wanted: PriceRange, rates: Rates | None = None) -> Flags:
        """(n_docs,) whose price is known and within, in another currency by the day's rate."""
        if not wanted.currency:
            return self._within(wanted)
        mask = np.zeros(len(self.price), dtype=bool)
        for code, bounds in in_currencies(wanted, self.currencies, rates).items():
            mask |= (self.currency == code) & self._within(bounds)
        return mask

    def _within(self, wanted: PriceRange) -> Flags:
        mask: Flags = ~np.isnan(self.price)
        if wanted.low is not None:
            low = float(wanted.low)
            mask &= (self.price > low) if wanted.low_open else (self.price >= low)
        if wanted.high is not None:
            high = float(wanted.high)
            mask &= (self.price < high) if wanted.high_open else (self.price <= high)
        return mask


def _replaced(column: Any, places: Any, values: Any) -> Any:
    made = column.copy()
    made[places] = values
    return made


def _stocked(product: Product) -> bool:
    return (product.stock or 0) > 0


def _or_nan(value: object) -> float:
    return float("nan") if value is None else float(str(value))
