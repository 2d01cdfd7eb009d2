"""What the routes of /shop need of the platform: a port, small on purpose.

It speaks the wire's own types. Every call may block; routes call it from the thread pool. `shop` is
a known shop's name, or None for the one that is meant where none is named: the primary shop, else
the only one that has products. Errors are the core's: NotFound for a shop without products and an
unknown sku, BadInput where no single shop is meant, Unavailable while products are being indexed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aethermart.client.answers.shop import (
    EventsTaken,
    ProductAnswer,
    ProductPage,
    SearchAnswer,
    SearchEvent,
    SimilarAnswer,
    SuggestionList,
    Wanted,
)
from aethermart.identity.roles import Caller


class Shop(Protocol):
    def search(self, shop: str | None, wanted: Wanted, caller: Caller) -> SearchAnswer: ...

    def suggestions(self, shop: str | None, typed: str, limit: int) -> SuggestionList: ...

    def products(
        self, shop: str | None, after: str | None, limit: int, caller: Caller
    ) -> ProductPage:
        """Visible products in the order of their ids, behind one; `next_cursor` is the last's id
        where there are more."""
        ...

    def product(self, shop: str | None, sku: str, caller: Caller) -> ProductAnswer: ...

    def similar(self, shop: str | None, sku: str, limit: int, caller: Caller) -> SimilarAnswer: ...

    def record(
        self, shop: str | None, events: Sequence[SearchEvent], caller: Caller
    ) -> EventsTaken: ...
