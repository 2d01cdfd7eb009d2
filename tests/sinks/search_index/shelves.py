"""A lake that behaves, as far as the index sees it: products that change, and their log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from aethermart.core.entries import Batch, Control, Entry, LoggedEntry, Position
from aethermart.packs.load import load_shipped
from aethermart.sinks.search_index.index import SearchIndex
from aethermart.sinks.search_index.shelf import Listed, Shelf
from aethermart.sinks.search_index.touched import Sources
from aethermart.skills.search.records import Product
from tests.log.made import NOON, columns, rows

SHOP = "aethermart"
SOURCES = Sources.of(load_shipped("aethermart"))
_PRODUCT = columns(product_id=pa.int64(), name=pa.string())
_REVIEW = columns(review_id=pa.int64(), product_id=pa.int64())
_CATEGORY = columns(category_id=pa.int64(), name=pa.string())


def at(offset: int) -> datetime:
    """When the entry at this offset was captured."""
    return NOON + timedelta(seconds=offset)


@dataclass
class Lake:
    """products  of each shop, by id, as the lake reflects them at its newest offset
    reads     (shop, ids) of every reading
    """

    products: dict[str, dict[str, Listed]] = field(default_factory=lambda: {SHOP: {}})
    offsets: dict[str, int] = field(default_factory=dict)
    reads: list[tuple[str, Sequence[str] | None]] = field(default_factory=list)
    fail: Exception | None = None
    unread: bool = False  # the first snapshot has not ended

    def __call__(self, shop: str, ids: Sequence[str] | None) -> Shelf:
        self.reads.append((shop, ids))
        if self.fail is not None:
            raise self.fail
        there = self.products[shop]
        found = [each for uid, each in there.items() if ids is None or uid in ids]
        offset = self.offsets.get(shop, 0)
        return Shelf(offset, None if self.unread else at(offset), found)

    def put(
        self, uid: int, title: str, price: str = "10.00", *, shop: str = SHOP, **more: Any
    ) -> LoggedEntry:
        """A new product, or another in the place of one."""
        product = Product(
            str(uid), title, price=Decimal(price), currency="EUR", **({"stock": 5} | more)
        )
        self.products[shop][str(uid)] = Listed(product, f"sku-{uid}")
        return self.changed(uid, shop=shop)

    def alter(self, uid: int, shop: str = SHOP, **facts: Any) -> LoggedEntry:
        listed = self.products[shop][str(uid)]
        self.products[shop][str(uid)] = replace(listed, product=replace(listed.product, **facts))
        return self.changed(uid, shop=shop)

    def remove(self, uid: int, shop: str = SHOP) -> LoggedEntry:
        del self.products[shop][str(uid)]
        return self.changed(uid, op="d", shop=shop)

    def changed(self, *uids: int, op: str = "u", shop: str = SHOP) -> LoggedEntry:
        changes = [(op, n, (uid, "x")) for n, uid in enumerate(uids)]
        return self.entry(shop, Batch("products", rows(_PRODUCT, changes)))

    def reviewed(self, uid: int, rating: float, reviews: int) -> LoggedEntry:
        listed = self.products[SHOP][str(uid)]
        self.products[SHOP][str(uid)] = Listed(
            replace(listed.product, rating=rating), listed.sku, reviews
        )
        return self.entry(SHOP, Batch("reviews", rows(_REVIEW, [("c", 0, (1, uid))])))

    def recategorised(self, name: str) -> LoggedEntry:
        """A category of all products gets another name: no row says which products it has."""
        for uid, listed in self.products[SHOP].items():
            product = replace(listed.product, category=name)
            self.products[SHOP][uid] = replace(listed, product=product)
        return self.entry(SHOP, Batch("categories", rows(_CATEGORY, [("u", 0, (1, name))])))

    def entry(self, shop: str, *parts: Batch, controls: Sequence[Control] = ()) -> LoggedEntry:
        offset = self.offsets[shop] = self.offsets.get(shop, 0) + 1
        entry = Entry(
            shop,
            f"e{offset}",
            None,
            Position(str(offset)),
            at(offset),
            "commit",
            parts=parts,
            controls=tuple(controls),
        )
        return LoggedEntry(offset, at(offset), entry)

    def index(self, *more: str, clock: Callable[[], float] = lambda: 0.0) -> SearchIndex:
        """Without meaning, and without rest between what is due."""
        shops = dict.fromkeys((SHOP, *more), SOURCES)
        return SearchIndex(self, shops, rest=0.0, least_rest_s=0.0, clock=clock)


def settle(index: SearchIndex, shop: str = SHOP) -> None:
    """Do all that is due."""
    for _ in range(3):  # a reading may ask for a build
        index.step(shop)


def found(index: SearchIndex, query: str = "", shop: str = SHOP, **asked: Any) -> list[str]:
    """Ids of the hits, best first."""
    engine = index.state(shop).engine
    if engine is None:
        return []
    return [hit.product.product_uid for hit in engine.search(query, limit=1000, **asked).hits]
