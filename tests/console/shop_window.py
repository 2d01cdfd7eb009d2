"""A shop behind the console: the platform's own search over products that a test sets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from aethermart.api.ports.shop import Wanted
from aethermart.client.answers.shop import (
    EventsTaken,
    ProductAnswer,
    ProductPage,
    SearchAnswer,
    SearchEvent,
    SimilarAnswer,
    SuggestionList,
)
from aethermart.core.errors import AetherMartError
from aethermart.identity.roles import Caller
from aethermart.operations.shop.live_shop import LiveShop
from aethermart.sinks.search_index.shelf import Listed
from aethermart.sinks.search_index.state import ShopState
from aethermart.skills.search.records import Product, Rates
from tests.api.fake_platform import NOON

SHOP = "aethermart"


@dataclass
class ShopWindow:
    """searches  the words of each first page that was asked for
    typed    for what suggestions were asked
    events   what was told of hits that were opened
    refusal  of every search, where there is one
    """

    goods: Sequence[Listed] = ()
    rates: Rates | None = None
    searches: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    events: list[SearchEvent] = field(default_factory=list)
    refusal: AetherMartError | None = None
    takes_s: float = 0.0

    def __post_init__(self) -> None:
        self.state = ShopState.built(SHOP, self.goods, None).as_of_then(NOON)
        self._live = LiveShop(
            lambda _: self.state,
            [SHOP],
            SHOP,
            self,
            clock=lambda: NOON + timedelta(seconds=1),
            rates=lambda: self.rates,
        )

    def searched(self, answer: SearchAnswer, caller: Caller) -> None:
        self.searches.append(answer.query)

    def did(self, shop: str, did: Sequence[tuple[SearchEvent, str]], caller: Caller) -> int:
        self.events += [event for event, _ in did]
        return len(did)

    def search(self, shop: str | None, wanted: Wanted, caller: Caller) -> SearchAnswer:
        if self.refusal is not None:
            raise self.refusal
        time.sleep(self.takes_s)
        return self._live.search(shop, wanted, caller)

    def suggestions(self, shop: str | None, typed: str, limit: int) -> SuggestionList:
        self.typed.append(typed)
        return self._live.suggestions(shop, typed, limit)

    def products(
        self, shop: str | None, after: str | None, limit: int, caller: Caller
    ) -> ProductPage:
        return self._live.products(shop, after, limit, caller)

    def product(self, shop: str | None, sku: str, caller: Caller) -> ProductAnswer:
        return self._live.product(shop, sku, caller)

    def similar(self, shop: str | None, sku: str, limit: int, caller: Caller) -> SimilarAnswer:
        return self._live.similar(shop, sku, limit, caller)

    def record(
        self, shop: str | None, events: Sequence[SearchEvent], caller: Caller
    ) -> EventsTaken:
        return self._live.record(shop, events, caller)


def listed(number: int, title: str, price: str | None = "20.00", **more: Any) -> Listed:
    """A keyboard in stock, unless told otherwise."""
    reviews = more.pop("reviews", None)
    told = {"currency": "EUR", "category": "Keyboards", "brand": "Keyora", "stock": 12, **more}
    amount = None if price is None else Decimal(price)
    return Listed(Product(f"{number}", title, price=amount, **told), f"KB-{number}", reviews)
