"""What came for a wish: the first page, and those asked for after it, kept by the session.

A rerun of the page asks nothing anew; a new wish, a sent search and an old answer do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from aethermart.client.answers.shop import ProductHit, SearchAnswer, SearchEvent
from aethermart.client.client import AetherMartClient
from aethermart.console.discover.wish import Wish
from aethermart.core.errors import AetherMartError, BadInput

PAGE = 24
_OLD_S = 300.0  # a visitor who comes back later sees today's stock and prices


@dataclass(slots=True)
class Found:
    """pages  the answers so far, the first one first
    came   seconds of this process's clock
    problem  why there is no answer, or no further page
    """

    wish: Wish
    shop: str | None
    pages: tuple[SearchAnswer, ...]
    came: float
    problem: AetherMartError | None = None

    @property
    def hits(self) -> tuple[ProductHit, ...]:
        return tuple(hit for page in self.pages for hit in page.hits)

    @property
    def more(self) -> bool:
        return bool(self.pages) and self.pages[-1].next_cursor is not None

    def answers(self, wish: Wish, shop: str | None) -> bool:
        """Whether it is still what somebody who wishes this should see."""
        fresh = time.monotonic() - self.came < _OLD_S
        return fresh and self.problem is None and (self.wish, self.shop) == (wish, shop)

    def opened(self, place: int) -> SearchEvent | None:
        """What tells that the hit at `place`, from 1, was opened; None where there is none."""
        before = 0
        for page in self.pages:
            if 0 < place - before <= len(page.hits):
                sku = page.hits[place - before - 1].product.sku
                return SearchEvent(search_id=page.search_id, kind="click", sku=sku, position=place)
            before += len(page.hits)
        return None


def find(connect: Callable[[], AetherMartClient], wish: Wish, shop: str | None) -> Found:
    """Ask for the first page."""
    try:
        first = _ask(connect(), wish, shop, None)
    except AetherMartError as refused:
        return Found(wish, shop, (), time.monotonic(), refused)
    return Found(wish, shop, (first,), time.monotonic())


def find_more(connect: Callable[[], AetherMartClient], found: Found) -> Found:
    """The same with one page more; begun anew where the shop has changed so much that the pages
    no longer fit together.
    """
    if not found.more:
        return found
    try:
        page = _ask(connect(), found.wish, found.shop, found.pages[-1].next_cursor)
    except BadInput:
        return find(connect, found.wish, found.shop)
    except AetherMartError as refused:
        return Found(found.wish, found.shop, found.pages, found.came, refused)
    return Found(found.wish, found.shop, (*found.pages, page), found.came)


def _ask(api: AetherMartClient, wish: Wish, shop: str | None, cursor: str | None) -> SearchAnswer:
    return api.shop.search(
        wish.query,
        shop=shop,
        where=wish.values(),
        price_min=wish.price_min,
        price_max=wish.price_max,
        in_stock=wish.in_stock,
        min_rating=wish.min_rating,
        sort=wish.sort,
        explain=bool(wish.query),
        limit=PAGE,
        cursor=cursor,
    )
