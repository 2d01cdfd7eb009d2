"""Keep every shop's products searchable as its log goes on: a sink whose data is in memory.

The index is a function of the lake's products, so its offset is the one that the lake reflected
when they were read: after a kill it is built again, and nothing else is lost. Entries say which
products may have changed; their newest rows come from the lake, which must be that far before.

Prices, stocks, ratings and visibility are in the results when `apply` returns, and what is gone or
hidden is out of them. Words and new products follow from `keep`, on a thread of its own: an index
is built beside the one in use, seldom enough that a busy shop leaves the machine to others. Where
an entry does not say which products it changed, `keep` reads all of them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aethermart.core.entries import LoggedEntry
from aethermart.core.errors import NotFound, Unavailable
from aethermart.core.tracing import span
from aethermart.pipeline.faults import as_ours
from aethermart.sinks.search_index.shelf import Listed, ReadShelf
from aethermart.sinks.search_index.state import ShopState
from aethermart.sinks.search_index.touched import Sources
from aethermart.skills.search.embedding import Embedder

_log = logging.getLogger(__name__)
_IDLE_S = 1.0  # within which `keep` sees that it is to stop
_NOTHING = ShopState("", None, {}, (), {})


@dataclass(slots=True)
class _Task:
    """Work that is put off, and rests for a multiple of the time that it took.

    late        the results lack something until it is done: commits after `since` count as not in
    not_before  when it has rested, by the clock
    """

    due: bool = False
    late: bool = False
    since: datetime | None = None
    not_before: float = 0.0

    def ask(self, late: bool, since: datetime | None) -> None:
        self.due = True
        if late and not self.late:
            self.late, self.since = True, since

    def done(self) -> None:
        self.due = self.late = False


@dataclass(slots=True)
class _Shop:
    """lock     held by whoever changes the products; never while an index is built
    changed  ids since the build under way began; None while none is under way
    """

    name: str
    state: ShopState
    offset: int
    as_of: datetime | None
    read: _Task = field(default_factory=_Task)
    words: _Task = field(default_factory=_Task)
    changed: set[str] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reflects(self) -> datetime | None:
        """Every commit before it is in the results, words included."""
        return self._before(self.read, self.words)

    def has_read(self) -> datetime | None:
        """Every commit before it is in the products, if not yet in the index."""
        return self._before(self.read)

    def _before(self, *tasks: _Task) -> datetime | None:
        bounds = [self.as_of, *(task.since for task in tasks if task.late)]
        known = [bound for bound in bounds if bound is not None]
        return min(known) if len(known) == len(bounds) else None


class SearchIndex:
    """sources  shops that are searched, and how their entries tell the products
    rest     a build or a reading of all products begins this many times its duration after the
             last one ended, and `least_rest_s` at least
    """

    name = "search_index"

    def __init__(
        self,
        read: ReadShelf,
        sources: Mapping[str, Sources],
        embedder: Callable[[], Embedder | None] = lambda: None,
        *,
        rest: float = 4.0,
        least_rest_s: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._sources = sources
        self._make_embedder = embedder
        self._embedder: Embedder | None = None
        self._rest = rest
        self._least_rest_s = least_rest_s
        self._clock = clock
        self._shops: dict[str, _Shop] = {}
        self._states: dict[str, ShopState] = {}
        self._work = threading.Event()

    def applied(self, shop: str) -> int:
        """Offset that the index reflects; a shop seen for the first time is built here."""
        kept = self._shops.get(shop)
        return self._start(shop).offset if kept is None else kept.offset

    def reflected(self, shop: str) -> int:
        """As `applied`, and 0 for a shop that waits to be built."""
        kept = self._shops.get(shop)
        return kept.offset if kept is not None else 0

    def reset(self, shop: str) -> None:
        """Forget a shop; `applied` builds it anew. Until then the old index answers."""
        self._shops.pop(shop, None)

    def state(self, shop: str) -> ShopState:
        """What there is of a shop now. Raises Unavailable before its first build is done, and
        NotFound for a shop whose pack has no products."""
        state = self._states.get(shop)
        if state is not None:
            return state
        if shop in self._sources:
            raise Unavailable(
                f"the products of {shop!r} are being indexed", fix="ask again in a few seconds"
            )
        raise NotFound(
            f"the pack of {shop!r} stages no products",
            fix="name a shop whose pack has `stg_products.sql`",
        )

    def apply(self, entries: Sequence[LoggedEntry]) -> None:
        """Take in entries of one shop that the lake has already; those seen before do nothing."""
        name = entries[0].entry.shop
        shop = self._shops.get(name) or self._start(name)
        fresh = [entry for entry in entries if entry.offset > shop.offset]
        sources = self._sources.get(name)
        if not fresh:
            return
        with shop.lock:
            before = shop.reflects()
            if sources is not None:
                touched = sources.touched(fresh)
                if touched.all:
                    shop.read.ask(True, before)
                if touched.ids:
                    ids = sorted(touched.ids)
                    self._take(shop, self._read(name, ids).products, ids, before)
            shop.offset, shop.as_of = fresh[-1].offset, fresh[-1].entry.captured_at
            self._publish(shop)
        if shop.read.due or shop.words.due:
            self._work.set()

    def keep(self, stop: threading.Event) -> None:
        """Build and read what is due until `stop` is set."""
        while not stop.is_set():
            self._work.wait(self._pause_s())
            self._work.clear()
            for name in list(self._shops):
                try:
                    self.step(name)
                except Exception as raised:  # noqa: BLE001 - the worker's edge: others go on
                    _log.warning("%s of %s: %s", self.name, name, as_ours(raised, self.name))
                    stop.wait(1.0)

    def step(self, name: str) -> None:
        """Do what is due of a shop and has rested."""
        shop = self._shops[name]
        if shop.read.due and self._clock() >= shop.read.not_before:
            self._read_all(shop)
        if shop.words.due and self._clock() >= shop.words.not_before:
            self._build(shop)

    def _pause_s(self) -> float:
        waits = [
            task.not_before - self._clock()
            for shop in list(self._shops.values())
            for task in (shop.read, shop.words)
            if task.due
        ]
        return max(0.0, min([*waits, _IDLE_S]))

    def _start(self, name: str) -> _Shop:
        if name not in self._sources:
            shop = _Shop(name, _NOTHING, 0, None)
            self._shops[name] = shop
            return shop
        if self._embedder is None:
            self._embedder = self._make_embedder()
        began = self._clock()
        with span("search_index.build", shop=name):
            shelf = self._read(name, None)
            state = ShopState.built(name, shelf.products, self._embedder)
        shop = _Shop(name, state, shelf.offset, shelf.as_of)
        self._shops[name] = shop
        self._publish(shop)
        _log.info(
            "%s of %s: %d products in %.1f s",
            self.name,
            name,
            len(state.listed),
            self._clock() - began,
        )
        return shop

    def _take(
        self,
        shop: _Shop,
        come: Sequence[Listed],
        ids: Iterable[str] | None,
        before: datetime | None,
    ) -> None:
        """Put what was read in the place of some products, or (None) of all.

        before  up to which instant the results had everything
        """
        old, new = shop.state.listed, {each.product.product_uid: each for each in come}
        listed = new if ids is None else {**old, **new}
        asked = {*old, *new} if ids is None else set(ids)
        for uid in asked - new.keys():
            listed.pop(uid, None)
        changed = {uid for uid in asked if old.get(uid) != listed.get(uid)}
        shop.state = shop.state.holding(listed, changed)
        if shop.changed is not None:
            shop.changed |= changed
        if any(shop.state.lacks_words_of(uid) for uid in changed):
            shop.words.ask(True, before)
        elif any(_shown(old.get(uid)) != _shown(listed.get(uid)) for uid in changed):
            shop.words.ask(False, None)  # the results are right; the suggestions are to follow

    def _read_all(self, shop: _Shop) -> None:
        began = self._clock()
        with shop.lock:
            shelf = self._read(shop.name, None)
            if shelf.offset >= shop.offset:  # else the lake itself is being rebuilt
                before = shop.reflects()
                shop.read.done()
                self._take(shop, shelf.products, None, before)
                self._publish(shop)
        shop.read.not_before = self._rested(began)

    def _build(self, shop: _Shop) -> None:
        began = self._clock()
        with shop.lock:
            listed, since, shop.changed = shop.state.listed, shop.has_read(), set()
        with span("search_index.build", shop=shop.name):
            state = ShopState.built(shop.name, listed.values(), self._embedder)
        with shop.lock:
            shop.state = state.holding(shop.state.listed, shop.changed)
            shop.words.done()
            if any(shop.state.lacks_words_of(uid) for uid in shop.changed):
                shop.words.ask(True, since)
            shop.changed = None
            self._publish(shop)
        shop.words.not_before = self._rested(began)

    def _rested(self, began: float) -> float:
        now = self._clock()
        return now + max(self._least_rest_s, self._rest * (now - began))

    def _publish(self, shop: _Shop) -> None:
        if shop.name in self._sources and self._shops.get(shop.name) is shop:
            self._states[shop.name] = shop.state.as_of_then(shop.reflects())


def _shown(listed: Listed | None) -> bool:
    return listed is not None and listed.product.visible
