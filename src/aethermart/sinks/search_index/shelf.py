"""What the index is made of: a shop's products as the lake has them at one moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aethermart.skills.search.records import Product


@dataclass(frozen=True, slots=True)
class Listed:
    """A product with what search itself has no use for.

    reviews  how many its rating is the mean of; None where the shop has no reviews
    """

    product: Product
    sku: str
    reviews: int | None = None

    @property
    def words(self) -> tuple[object, ...]:
        """All of it that is indexed as text."""
        one = self.product
        return (
            one.title,
            one.description,
            one.brand,
            one.category,
            tuple(sorted(one.attributes.items())),
        )


@dataclass(frozen=True, slots=True)
class Shelf:
    """Products of one shop, read in one transaction of the lake.

    offset  of the shop's log that the lake reflected then
    as_of   every commit of the shop before it is in; None before the first snapshot's end
    """

    offset: int
    as_of: datetime | None
    products: Sequence[Listed]


# Those of some ids, or (None) all of a shop. Raises what the lake's engine raises.
ReadShelf = Callable[[str, Sequence[str] | None], Shelf]
