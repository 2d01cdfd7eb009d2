"""Answers of /shop: products as a shopper sees them, and what was found for a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from pydantic import Field

from aethermart.client.answers.values import Answer, Exact, Instant, LagS

Sort = Literal["relevance", "price_asc", "price_desc", "rating", "title"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A query and what is asked beside its words, as routes hand it to the platform.

    where      attribute -> the values it may have
    sort       None: as the words ask, else by relevance
    cursor     `next_cursor` of the page before, as the platform gave it
    search_id  of the search that this is a later page of
    """

    query: str
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool = False
    min_rating: float | None = None
    sort: Sort | None = None
    explain: bool = False
    limit: int = 20
    cursor: str | None = None
    search_id: str | None = None


class Product(Answer):
    """A product on sale. Null is unknown, not zero."""

    shop: str = Field(examples=["aethermart"])
    product_id: str = Field(examples=["17"])
    sku: str = Field(examples=["KB-1017"])
    title: str = Field(examples=["Quiet Mechanical Keyboard"])
    description: str = Field(default="", examples=["Brown switches, 87 keys."])
    brand: str | None = Field(default=None, examples=["Northwind"])
    category: str | None = Field(default=None, examples=["Keyboards"])
    price: Exact | None = Field(default=None, examples=["89.00"])
    currency: str | None = Field(default=None, examples=["EUR"])
    stock: int | None = Field(default=None, examples=[12])
    rating: float | None = Field(default=None, ge=0, le=5, examples=[4.4])
    reviews: int | None = Field(default=None, ge=0, examples=[31])
    attributes: Mapping[str, str] = Field(default_factory=dict, examples=[{"colour": "black"}])


class Why(Answer):
    """One part of a hit's score, and the words that brought it."""

    part: str = Field(description="words, spelling, near, letters, meaning, labels")
    score: float = Field(examples=[0.42])
    words: tuple[str, ...] = Field(default=(), examples=[["keyboard"]])


class ProductHit(Answer):
    product: Product
    score: float = Field(examples=[0.91])
    title_marked: str = Field(
        default="",
        description="The title with matched words in <mark>; the rest is escaped as HTML.",
        examples=["Quiet Mechanical <mark>Keyboard</mark>"],
    )
    why: tuple[Why, ...] = Field(default=(), description="Where `explain` was asked.")


class FacetValue(Answer):
    value: str = Field(examples=["Northwind"])
    count: int = Field(ge=0, examples=[4])


class Facet(Answer):
    """Exact counts over all products that match, not over the page."""

    name: str = Field(examples=["brand"])
    values: tuple[FacetValue, ...]


class Understood(Answer):
    """A constraint that the query's words named: it holds for every hit."""

    kind: str = Field(
        description="price, brand, category, colour, size, without, measure, stock, rating, like",
        examples=["price"],
    )
    text: str = Field(examples=["under 100 EUR"])


class ReadAs(Answer):
    typed: str = Field(examples=["keybord"])
    meant: str = Field(examples=["keyboard"])


class SearchAnswer(Answer):
    """A page of products that meet every constraint, best first."""

    search_id: str = Field(
        description="Names this search in events about it.", examples=["6f1c2f0e9b7d4a55"]
    )
    shop: str = Field(examples=["aethermart"])
    query: str = Field(examples=["quiet mechanical keybord under 100 eur"])
    text: str = Field(
        description="What was looked for, once constraints were taken out.",
        examples=["quiet mechanical keybord"],
    )
    hits: tuple[ProductHit, ...]
    total: int = Field(ge=0, description="Products that match, on all pages.", examples=[3])
    facets: tuple[Facet, ...] = ()
    understood: tuple[Understood, ...] = ()
    read_as: tuple[ReadAs, ...] = ()
    relaxed: tuple[str, ...] = Field(
        default=(), description="What was given up because nothing matched; never a constraint."
    )
    next_cursor: str | None = Field(default=None, description="Null on the last page.")
    as_of: Instant | None = Field(
        default=None, description="Every commit of the shop before it is in the index."
    )
    lag_s: LagS | None = Field(default=None, examples=[0.6])


class Suggestion(Answer):
    """What the person may be about to type."""

    text: str = Field(examples=["mechanical keyboard"])


class SuggestionList(Answer):
    shop: str = Field(examples=["aethermart"])
    suggestions: tuple[Suggestion, ...]


class ProductPage(Answer):
    """Products in the order of their ids."""

    items: tuple[Product, ...]
    next_cursor: str | None = Field(default=None, description="Null on the last page.")
    as_of: Instant | None = None
    lag_s: LagS | None = None


class ProductAnswer(Answer):
    product: Product
    as_of: Instant | None = None
    lag_s: LagS | None = None


class SimilarProduct(Answer):
    product: Product
    likeness: float = Field(description="1 is the same, 0 nothing in common.", examples=[0.83])


class SimilarAnswer(Answer):
    """What is near a product in meaning, visible and in stock."""

    shop: str = Field(examples=["aethermart"])
    sku: str = Field(examples=["KB-1017"])
    similar: tuple[SimilarProduct, ...]
    as_of: Instant | None = None
    lag_s: LagS | None = None


class SearchEvent(Answer):
    """What a person did with what a search showed.

    click  opened a hit; cart  put it into the basket
    """

    search_id: str = Field(examples=["6f1c2f0e9b7d4a55"])
    kind: Literal["click", "cart"] = Field(examples=["click"])
    sku: str = Field(examples=["KB-1017"])
    position: int = Field(ge=1, description="Place among the hits, from 1.", examples=[2])


class EventsTaken(Answer):
    taken: int = Field(ge=0, examples=[1])
