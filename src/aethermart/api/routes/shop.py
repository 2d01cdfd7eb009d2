"""/shop: products as shoppers see them, search among them, and what came of searches."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, model_validator

from aethermart.api.authorise import CallerOf, Needs
from aethermart.api.problems import RESPONSES, refusals
from aethermart.api.routes.asked import Condition, LakeOf, ShopOf, known_shop
from aethermart.api.routes.pages import PageAsked, place_of
from aethermart.client.answers.shop import (
    EventsTaken,
    ProductAnswer,
    ProductPage,
    SearchAnswer,
    SearchEvent,
    SimilarAnswer,
    Sort,
    SuggestionList,
    Wanted,
)
from aethermart.identity.roles import Permission

_REFUSALS = RESPONSES | refusals(414)  # what people type goes into the address
router = APIRouter(prefix="/shop", tags=["shop"], responses=_REFUSALS)
_SHOP = [Depends(Needs(Permission.SHOP))]
_EVENTS = [Depends(Needs(Permission.SHOP_EVENTS))]
_LONGEST_QUERY = 300
_MOST_HITS = 100
_SHOP_FIELD = Field(
    default=None,
    description="Without it the primary shop, else the only one that has products.",
    examples=["aethermart"],
)
_Price = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4)]
Sku = Annotated[str, Path(max_length=200, examples=["KB-1017"])]


class _OfOneShop(BaseModel):
    model_config = ConfigDict(extra="forbid")

    shop: str | None = _SHOP_FIELD


class SearchAsked(PageAsked):
    q: str = Field(
        max_length=_LONGEST_QUERY,
        description="What the shopper typed; empty for all products.",
        examples=["quiet mechanical keyboard under $100"],
    )
    shop: str | None = _SHOP_FIELD
    where: list[Condition] = Field(
        default_factory=list,
        max_length=32,
        description="NAME:VALUE of an attribute (brand, category, colour …). May be repeated: one "
        "of the values of each name.",
        json_schema_extra={"items": {"type": "string"}, "examples": [["category:Keyboards"]]},
    )
    price_min: _Price | None = Field(default=None, description="Included.", examples=["20"])
    price_max: _Price | None = Field(default=None, description="Included.", examples=["100"])
    in_stock: bool = Field(default=False, description="Only what is known to be in stock.")
    min_rating: float | None = Field(default=None, ge=0, le=5, examples=[4])
    sort: Sort | None = Field(
        default=None, description="Without it as the words ask, else by relevance."
    )
    explain: bool = Field(default=False, description="Tell the parts of each hit's score.")
    limit: int = Field(default=20, ge=1, le=_MOST_HITS, description="Hits on a page.")

    @model_validator(mode="after")
    def _forwards(self) -> SearchAsked:
        if self.price_min and self.price_max is not None and self.price_min > self.price_max:
            raise ValueError(f"`price_min` {self.price_min} is above `price_max` {self.price_max}")
        return self

    def wanted(self, cursor: str | None, search_id: str | None) -> Wanted:
        where: dict[str, list[str]] = defaultdict(list)
        for name, value in self.where:
            where[name].append(value)
        return Wanted(
            query=self.q,
            where=where,
            price_min=self.price_min,
            price_max=self.price_max,
            in_stock=self.in_stock,
            min_rating=self.min_rating,
            sort=self.sort,
            explain=self.explain,
            limit=self.limit,
            cursor=cursor,
            search_id=search_id,
        )


class SuggestionsAsked(_OfOneShop):
    q: str = Field(
        max_length=_LONGEST_QUERY, description="What is typed so far.", examples=["mech"]
    )
    limit: int = Field(default=8, ge=1, le=20)


class ProductsAsked(PageAsked):
    shop: str | None = _SHOP_FIELD


class ProductAsked(_OfOneShop):
    pass


class SimilarAsked(_OfOneShop):
    limit: int = Field(default=10, ge=1, le=50)


class EventsTold(BaseModel):
    model_config = ConfigDict(extra="forbid")

    shop: str | None = _SHOP_FIELD
    events: list[SearchEvent] = Field(
        max_length=200,
        examples=[
            [{"search_id": "6f1c2f0e9b7d4a55", "kind": "click", "sku": "KB-1017", "position": 2}]
        ],
    )


@router.get("/search", dependencies=_SHOP)
def search(
    shop: ShopOf,
    lake: LakeOf,
    caller: CallerOf,
    request: Request,
    asked: Annotated[SearchAsked, Query()],
) -> SearchAnswer:
    """Products that meet every constraint of the words and of the parameters, best first; the
    answer says what it understood, what it read as what, and which words it gave up."""
    place = place_of(request, asked)
    cursor, search_id = place.after or (None, None)
    found = shop.search(known_shop(lake, asked.shop), asked.wanted(cursor, search_id), caller)
    if found.next_cursor is None:
        return found
    return found.model_copy(
        update={"next_cursor": place.cursor((found.next_cursor, found.search_id))}
    )


@router.get("/search/suggestions", dependencies=_SHOP)
def suggestions(
    shop: ShopOf, lake: LakeOf, asked: Annotated[SuggestionsAsked, Query()]
) -> SuggestionList:
    """What the shopper may be about to type: words and values of visible products."""
    return shop.suggestions(known_shop(lake, asked.shop), asked.q, asked.limit)


@router.get("/products", dependencies=_SHOP)
def products(
    shop: ShopOf,
    lake: LakeOf,
    caller: CallerOf,
    request: Request,
    asked: Annotated[ProductsAsked, Query()],
) -> ProductPage:
    """Every visible product, in the order of the ids."""
    place = place_of(request, asked)
    after = place.after[0] if place.after else None
    page = shop.products(known_shop(lake, asked.shop), after, asked.limit, caller)
    if page.next_cursor is None:
        return page
    return page.model_copy(update={"next_cursor": place.cursor((page.next_cursor,))})


@router.get("/products/{sku}", dependencies=_SHOP)
def product(
    shop: ShopOf,
    lake: LakeOf,
    caller: CallerOf,
    sku: Sku,
    asked: Annotated[ProductAsked, Query()],
) -> ProductAnswer:
    """One product by its article number; a hidden one is not found."""
    return shop.product(known_shop(lake, asked.shop), sku, caller)


@router.get("/products/{sku}/similar", dependencies=_SHOP)
def similar(
    shop: ShopOf,
    lake: LakeOf,
    caller: CallerOf,
    sku: Sku,
    asked: Annotated[SimilarAsked, Query()],
) -> SimilarAnswer:
    """What is nearest to a product in meaning, visible and not sold out."""
    return shop.similar(known_shop(lake, asked.shop), sku, asked.limit, caller)


@router.post("/events", dependencies=_EVENTS)
def record(shop: ShopOf, lake: LakeOf, caller: CallerOf, told: EventsTold) -> EventsTaken:
    """What a person did with what searches showed. Taken are those on products of the shop, where
    the shop is our own."""
    return shop.record(known_shop(lake, told.shop), told.events, caller)
