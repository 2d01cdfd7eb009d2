"""/shop over the index that `serve` keeps in memory: api.ports.shop.Shop."""

from __future__ import annotations

import secrets
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Protocol

from aethermart.client.answers.shop import (
    EventsTaken,
    Facet,
    FacetValue,
    Product,
    ProductAnswer,
    ProductHit,
    ProductPage,
    ReadAs,
    SearchAnswer,
    SearchEvent,
    SimilarAnswer,
    SimilarProduct,
    Suggestion,
    SuggestionList,
    Wanted,
    Why,
)
from aethermart.core.clock import Clock, utc_now
from aethermart.core.errors import BadInput, NotFound, Unavailable
from aethermart.identity.roles import Caller, Role
from aethermart.operations.shop.words import understood
from aethermart.sinks.search_index.shelf import Listed
from aethermart.sinks.search_index.state import ShopState, place_of
from aethermart.skills.search import records
from aethermart.skills.search.engine import Marks, SearchEngine

_MOST_ATTRIBUTES = 8
_MOST_VALUES = 50
_STOCK_TOLD = 10  # a customer is told no more: how fast a thing sells is the shop's own business


_SPARE = 40  # that may have been hidden or sold out since
# Of a shop, a product and so many: ids with their likeness, best first; nothing while not known.
Alike = Callable[[str, str, int], Sequence[tuple[str, float]]]


class Noted(Protocol):
    """Takes what was searched and done; never waits, never raises."""

    def searched(self, answer: SearchAnswer, caller: Caller) -> None: ...

    def did(self, shop: str, did: Sequence[tuple[SearchEvent, str]], caller: Caller) -> int:
        """Events with their products' ids; returns how many were taken."""
        ...


class LiveShop:
    """state    what there is of a shop now; raises for one that cannot be searched
    default  the shop that is meant where none is named; None where that is not clear
    rates    of currencies, the newest that the platform has
    alike    instead of the index's own vectors, which are those of titles alone
    """

    def __init__(
        self,
        state: Callable[[str], ShopState],
        searched: Sequence[str],
        primary: str | None,
        noted: Noted,
        clock: Clock = utc_now,
        rates: Callable[[], records.Rates | None] = lambda: None,
        alike: Alike | None = None,
    ) -> None:
        self._alike = alike
        self._rates = rates
        self._state = state
        self._searched = tuple(searched)
        self._primary = primary
        self._noted = noted
        self._clock = clock

    def search(self, shop: str | None, wanted: Wanted, caller: Caller) -> SearchAnswer:
        state, engine = self._of(shop)
        query = " ".join("".join(c if c.isprintable() else " " for c in wanted.query).split())
        names = (*engine.attributes[:_MOST_ATTRIBUTES], "price", "rating", "stock")
        rates = self._rates()
        page = engine.search(
            query,
            rates=rates,
            limit=wanted.limit,
            filters=_filters(wanted, engine.attributes),
            sort=wanted.sort,
            explain=wanted.explain,
            facets=names,
            cursor=wanted.cursor,
            marks=Marks(),
        )
        answer = SearchAnswer(
            search_id=wanted.search_id or secrets.token_hex(8),
            shop=state.shop,
            query=wanted.query,
            text=page.text,
            hits=tuple(_hit(state, hit, caller) for hit in page.hits),
            total=page.total,
            facets=tuple(_facet(facet) for facet in page.facets if facet.values),
            understood=understood(engine.understand(query), engine.facts.currencies, rates),
            read_as=tuple(ReadAs(typed=typed, meant=meant) for typed, meant in page.read_as),
            relaxed=page.relaxed,
            next_cursor=page.cursor,
            as_of=state.as_of,
            lag_s=self._lag_s(state.as_of),
        )
        if wanted.cursor is None:
            self._noted.searched(answer, caller)
        return answer

    def suggestions(self, shop: str | None, typed: str, limit: int) -> SuggestionList:
        state, engine = self._of(shop)
        found = engine.suggest(typed, limit)
        return SuggestionList(
            shop=state.shop, suggestions=tuple(Suggestion(text=text) for text in found)
        )

    def products(
        self, shop: str | None, after: str | None, limit: int, caller: Caller
    ) -> ProductPage:
        state, _ = self._of(shop)
        start = 0 if after is None else bisect_right(state.ids, place_of(after), key=place_of)
        behind = (state.listed[uid] for uid in islice(state.ids, start, None))
        shown = list(islice((each for each in behind if each.product.visible), limit + 1))
        more = len(shown) > limit
        return ProductPage(
            items=tuple(_product(state.shop, each, caller) for each in shown[:limit]),
            next_cursor=shown[limit - 1].product.product_uid if more else None,
            as_of=state.as_of,
            lag_s=self._lag_s(state.as_of),
        )

    def product(self, shop: str | None, sku: str, caller: Caller) -> ProductAnswer:
        state, _ = self._of(shop)
        return ProductAnswer(
            product=_product(state.shop, _visible(state, sku), caller),
            as_of=state.as_of,
            lag_s=self._lag_s(state.as_of),
        )

    def similar(self, shop: str | None, sku: str, limit: int, caller: Caller) -> SimilarAnswer:
        state, engine = self._of(shop)
        listed = _visible(state, sku)
        uid = listed.product.product_uid
        near = self._near(state, uid, limit) or engine.alike(uid, limit, in_stock=True)
        return SimilarAnswer(
            shop=state.shop,
            sku=sku,
            similar=tuple(
                SimilarProduct(product=_with_texts_of(state, product, caller), likeness=cosine)
                for product, cosine in near
            ),
            as_of=state.as_of,
            lag_s=self._lag_s(state.as_of),
        )

    def _near(self, state: ShopState, uid: str, limit: int) -> list[tuple[records.Product, float]]:
        """By vectors kept elsewhere; whether one may be shown is told by what holds now."""
        found = self._alike(state.shop, uid, limit + _SPARE) if self._alike is not None else ()
        there = [
            (state.listed[key].product, cosine) for key, cosine in found if key in state.listed
        ]
        return [(p, cosine) for p, cosine in there if p.visible and p.stock != 0][:limit]

    def record(
        self, shop: str | None, events: Sequence[SearchEvent], caller: Caller
    ) -> EventsTaken:
        state, _ = self._of(shop)
        known = [(e, state.of_sku[e.sku]) for e in events if e.sku in state.of_sku]
        return EventsTaken(taken=self._noted.did(state.shop, known, caller) if known else 0)

    def _of(self, shop: str | None) -> tuple[ShopState, SearchEngine]:
        name = shop or self._meant()
        state = self._state(name)
        if state.engine is None and (state.as_of is None or state.listed):
            raise Unavailable(
                f"the products of {name!r} are not captured and indexed yet",
                fix="ask again in a few seconds",
            )
        if state.engine is None:
            raise NotFound(f"the shop {name!r} has no products", fix="name a shop that has some")
        return state, state.engine

    def _meant(self) -> str:
        if self._primary in self._searched and self._primary is not None:
            return self._primary
        if len(self._searched) == 1:
            return self._searched[0]
        raise BadInput(
            f"{len(self._searched)} shops have products and none of them is the primary one",
            fix=f"name one with `shop`: {', '.join(self._searched) or 'none yet'}",
        )

    def _lag_s(self, as_of: datetime | None) -> float | None:
        return None if as_of is None else max(0.0, (self._clock() - as_of).total_seconds())


def _filters(wanted: Wanted, attributes: Sequence[str]) -> records.Constraints | None:
    for name in wanted.where:
        if name not in attributes:
            raise BadInput(
                f"no product has an attribute {name!r}",
                fix=f"use one of: {', '.join(attributes) or 'none here'}",
            )
    price = None
    if wanted.price_min is not None or wanted.price_max is not None:
        price = records.PriceRange(wanted.price_min, wanted.price_max)
    asked = records.Constraints(
        price=price,
        wanted=tuple(
            records.Wanted(name, frozenset(values)) for name, values in wanted.where.items()
        ),
        in_stock=wanted.in_stock,
        min_rating=wanted.min_rating,
    )
    return asked or None


def _visible(state: ShopState, sku: str) -> Listed:
    listed = state.listed.get(state.of_sku.get(sku, ""))
    if listed is None or not listed.product.visible:
        raise NotFound(
            f"{state.shop} has no product {sku!r} on sale",
            fix="use the sku of a product that GET /shop/products lists",
        )
    return listed


def _hit(state: ShopState, hit: records.Hit, caller: Caller) -> ProductHit:
    return ProductHit(
        product=_with_texts_of(state, hit.product, caller),
        score=hit.score,
        title_marked=hit.highlighted,
        why=tuple(Why(part=r.part, score=r.score, words=r.words) for r in hit.reasons),
    )


def _with_texts_of(state: ShopState, indexed: records.Product, caller: Caller) -> Product:
    """A product that the engine found: shown with the texts that it was found by."""
    return _product(state.shop, replace(state.listed[indexed.product_uid], product=indexed), caller)


def _product(shop: str, listed: Listed, caller: Caller) -> Product:
    one = listed.product
    stock = one.stock
    if stock is not None and caller.role is Role.CUSTOMER:
        stock = min(stock, _STOCK_TOLD)
    attributes: Mapping[str, str] = one.attributes
    return Product(
        shop=shop,
        product_id=one.product_uid,
        sku=listed.sku,
        title=one.title,
        description=one.description,
        brand=one.brand or None,
        category=one.category or None,
        price=one.price,
        currency=one.currency or None,
        stock=stock,
        rating=one.rating,
        reviews=listed.reviews,
        attributes=attributes,
    )


def _facet(facet: records.Facet) -> Facet:
    return Facet(
        name=facet.name,
        values=tuple(
            FacetValue(value=each.value, count=each.count) for each in facet.values[:_MOST_VALUES]
        ),
    )
