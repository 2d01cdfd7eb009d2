"""A shop that behaves: products in a list, found by the words of their titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from aethermart.client.answers.shop import (
    EventsTaken,
    Product,
    ProductAnswer,
    ProductHit,
    ProductPage,
    SearchAnswer,
    SearchEvent,
    SimilarAnswer,
    SimilarProduct,
    Suggestion,
    SuggestionList,
    Wanted,
)
from aethermart.core.errors import NotFound
from aethermart.identity.roles import Caller


def _product(number: int, sku: str, title: str, price: str, stock: int = 5) -> Product:
    return Product(
        shop="aethermart",
        product_id=str(number),
        sku=sku,
        title=title,
        category="Keyboards",
        price=Decimal(price),
        currency="EUR",
        stock=stock,
    )


def _keyboards() -> list[Product]:
    return [
        _product(17, "KB-1017", "Quiet Mechanical Keyboard", "89.00"),
        _product(18, "KB-1018", "Mechanical Keyboard Pro", "129.00"),
        _product(19, "KB-1019", "Membrane Keyboard", "25.00", stock=0),
    ]


@dataclass
class FakeShop:
    """calls  every question asked, to prove that a refused one was never put"""

    items: list[Product] = field(default_factory=_keyboards)
    events: list[SearchEvent] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def search(self, shop: str | None, wanted: Wanted, caller: Caller) -> SearchAnswer:
        """What has any word of the query in its title and lies within the prices."""
        self.calls.append(f"search {shop} {wanted.query}")
        found = [p for p in self.items if _matches(p, wanted)]
        first = int(wanted.cursor or 0)
        end = first + wanted.limit
        return SearchAnswer(
            search_id=wanted.search_id or f"{len(self.calls):016x}",
            shop=shop or "aethermart",
            query=wanted.query,
            text=wanted.query,
            hits=tuple(ProductHit(product=each, score=1.0) for each in found[first:end]),
            total=len(found),
            next_cursor=str(end) if end < len(found) else None,
        )

    def suggestions(self, shop: str | None, typed: str, limit: int) -> SuggestionList:
        self.calls.append(f"suggestions {shop} {typed}")
        words = sorted({word for p in self.items for word in p.title.lower().split()})
        found = [Suggestion(text=word) for word in words if word.startswith(typed.lower())]
        return SuggestionList(shop=shop or "aethermart", suggestions=tuple(found[:limit]))

    def products(
        self, shop: str | None, after: str | None, limit: int, caller: Caller
    ) -> ProductPage:
        self.calls.append(f"products {shop} {after}")
        behind = [p for p in self.items if after is None or int(p.product_id) > int(after)]
        more = len(behind) > limit
        return ProductPage(
            items=tuple(behind[:limit]),
            next_cursor=behind[limit - 1].product_id if more else None,
        )

    def product(self, shop: str | None, sku: str, caller: Caller) -> ProductAnswer:
        self.calls.append(f"product {shop} {sku}")
        return ProductAnswer(product=self._named(sku))

    def similar(self, shop: str | None, sku: str, limit: int, caller: Caller) -> SimilarAnswer:
        self.calls.append(f"similar {shop} {sku}")
        others = [p for p in self.items if p != self._named(sku) and p.stock]
        return SimilarAnswer(
            shop=shop or "aethermart",
            sku=sku,
            similar=tuple(SimilarProduct(product=each, likeness=0.5) for each in others[:limit]),
        )

    def record(
        self, shop: str | None, events: Sequence[SearchEvent], caller: Caller
    ) -> EventsTaken:
        self.calls.append(f"record {shop} {len(events)}")
        known = {p.sku for p in self.items}
        taken = [event for event in events if event.sku in known]
        self.events += taken
        return EventsTaken(taken=len(taken))

    def _named(self, sku: str) -> Product:
        found = next((p for p in self.items if p.sku == sku), None)
        if found is None:
            raise NotFound(f"there is no product {sku!r}", fix="ask for another")
        return found


def _matches(product: Product, wanted: Wanted) -> bool:
    words = wanted.query.lower().split()
    within = product.price is not None and (
        (wanted.price_min is None or product.price >= wanted.price_min)
        and (wanted.price_max is None or product.price <= wanted.price_max)
    )
    return within and (not words or any(word in product.title.lower() for word in words))
