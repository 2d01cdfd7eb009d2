"""/shop: products, and search among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from urllib.parse import quote

from aethermart.client.answers.shop import (
    EventsTaken,
    ProductAnswer,
    ProductPage,
    SearchAnswer,
    SearchEvent,
    SimilarAnswer,
    Sort,
    SuggestionList,
)
from aethermart.client.http import Http


class ShopClient:
    def __init__(self, http: Http) -> None:
        self._http = http

    def search(
        self,
        query: str,
        *,
        shop: str | None = None,
        where: Mapping[str, Sequence[str]] | None = None,
        price_min: Decimal | None = None,
        price_max: Decimal | None = None,
        in_stock: bool = False,
        min_rating: float | None = None,
        sort: Sort | None = None,
        explain: bool = False,
        limit: int = 20,
        cursor: str | None = None,
    ) -> SearchAnswer:
        """Products that meet the query's constraints and these, best first.

        where  brand, category, colour or another attribute -> the values it may have
        sort   None: as the query's words ask, else by relevance
        """
        asked = {
            "q": query,
            "shop": shop,
            "where": [f"{name}:{value}" for name, of in (where or {}).items() for value in of],
            "price_min": None if price_min is None else format(price_min, "f"),
            "price_max": None if price_max is None else format(price_max, "f"),
            "in_stock": "true" if in_stock else None,
            "min_rating": None if min_rating is None else str(min_rating),
            "sort": sort,
            "explain": "true" if explain else None,
            "limit": str(limit),
            "cursor": cursor,
        }
        return self._http.get("/shop/search", SearchAnswer, asked)

    def suggestions(
        self, typed: str, *, shop: str | None = None, limit: int = 8
    ) -> tuple[str, ...]:
        asked = {"q": typed, "shop": shop, "limit": str(limit)}
        found = self._http.get("/shop/search/suggestions", SuggestionList, asked)
        return tuple(each.text for each in found.suggestions)

    def products(
        self, *, shop: str | None = None, limit: int = 100, cursor: str | None = None
    ) -> ProductPage:
        asked = {"shop": shop, "limit": str(limit), "cursor": cursor}
        return self._http.get("/shop/products", ProductPage, asked)

    def product(self, sku: str, *, shop: str | None = None) -> ProductAnswer:
        return self._http.get(
            f"/shop/products/{quote(sku, safe='')}", ProductAnswer, {"shop": shop}
        )

    def similar(self, sku: str, *, shop: str | None = None, limit: int = 10) -> SimilarAnswer:
        asked = {"shop": shop, "limit": str(limit)}
        return self._http.get(f"/shop/products/{quote(sku, safe='')}/similar", SimilarAnswer, asked)

    def record(self, events: Sequence[SearchEvent], *, shop: str | None = None) -> int:
        """Tell what people did with what searches showed; returns how many were taken."""
        body = {"shop": shop, "events": [event.model_dump(mode="json") for event in events]}
        return self._http.post("/shop/events", EventsTaken, body).taken
