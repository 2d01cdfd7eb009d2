"""The sink of vectors: what changed in the log is told in words, and new words become vectors.

An entry says which tables changed, and so which entities may have; of customers, also whose orders.
Their rows are read where the mirror has them already, told as text and hashed; only a text that is
new is embedded, and what is gone is removed. Rows and the offset they were read at are one commit,
so a crash repeats work but loses none. Looking is paced by its own cost: vectors must not starve
the process that they share.

Another model, or another form of text, is another collection: it is built beside the one that
answers, then takes its place at once, and the old one is dropped.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from aethermart.core.entries import LoggedEntry
from aethermart.sinks.vectors.collections import Collections
from aethermart.sinks.vectors.index import (
    ENTITIES,
    Collection,
    Stored,
    VectorIndex,
)
from aethermart.sinks.vectors.texts import TEXT_VERSION, Told, told
from aethermart.skills.embed.embedder import Embedder

_log = logging.getLogger(__name__)
_EMBEDDED_AT_ONCE = 256
_PACE_S = 2.0
_SHARE = 0.1  # of the time at the most goes into looking for changes
_LONGEST_PAUSE_S = 60.0
_LONGEST_REST_S = 1.0


Keys = frozenset[str] | None  # None: any


class Rows(Protocol):
    """The canonical rows behind the texts; wiring hands it, over silver."""

    def reflects(self, shop: str) -> int:
        """The log's offset that the rows reflect now."""

    def concerned(self, shop: str, entries: Sequence[LoggedEntry]) -> Mapping[str, Keys]:
        """Entity -> the keys whose text or facts the entries may have changed, apart from what
        customers are told of products: that follows from the products' texts."""

    def read(
        self, shop: str, entity: str, keys: Keys
    ) -> AbstractContextManager[tuple[int, Iterable[Mapping[str, Any]]]]:
        """The offset that an entity's rows reflect, and those of `keys`, at one moment."""


@dataclass(frozen=True, slots=True)
class _Compared:
    """fresh: whose text is new; kept: of which only facts are; gone: keys; told: rows in all."""

    offset: int
    fresh: Sequence[Told]
    kept: Sequence[Stored]
    gone: Sequence[str]
    told: int


class VectorSink:
    """pipeline's Sink.

    rest  waits so many seconds; after each batch as long as it took, so that others come to work
    """

    name = "vectors"

    def __init__(
        self,
        index: VectorIndex,
        collections: Collections,
        embedder: Callable[[], Embedder],
        rows: Rows,
        *,
        text_version: int = TEXT_VERSION,
        rest: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        pace_s: float = _PACE_S,
    ) -> None:
        self._index = index
        self._collections = collections
        self._make_embedder = embedder
        self._embedder: Embedder | None = None
        self._rows = rows
        self._text_version = text_version
        self._rest = rest
        self._clock = clock
        self._pace_s = pace_s
        self._not_before: dict[str, float] = {}  # when a shop may be looked at again
        self._answering: set[Collection] = set()
        # Wholly compared since the start, and since what they are told by changed elsewhere.
        self._looked_at: set[Collection] = set()

    def applied(self, shop: str) -> int:
        """The offset that every collection of the shop reflects; 0 where one is not complete."""
        return min(self._index.applied(self._collection(shop, entity)) for entity in ENTITIES)

    def ready(self, shop: str, entries: Sequence[LoggedEntry]) -> int:
        """How many of the entries the mirror has, where a look at its rows is due."""
        if self._clock() < self._not_before.get(shop, 0.0):
            return 0
        reflected = self._rows.reflects(shop)
        return sum(entry.offset <= reflected for entry in entries)

    def apply(self, entries: Sequence[LoggedEntry]) -> None:
        """Have the vectors reflect the entries, or newer ones that the mirror has already.

        Raises what the embedder, the index and reading raise; what was written by then stays.
        """
        if not entries:
            return
        shop, through = entries[0].entry.shop, entries[-1].offset
        looked_s = 0.0
        changed = self._rows.concerned(shop, entries)
        for entity in ENTITIES:
            collection = self._collection(shop, entity)
            applied = self._index.applied(collection)
            known = applied > 0 and collection in self._looked_at
            if applied < through and (entity in changed or not known):
                keys = changed.get(entity) if known else None
                looked_s += self._renew(collection, through, keys)
            elif applied < through:
                self._index.apply(collection, through, (), ())
            if collection not in self._answering:
                self._answer_by(collection)
        pause_s = min(max(self._pace_s, looked_s / _SHARE), _LONGEST_PAUSE_S)
        self._not_before[shop] = self._clock() + pause_s

    def reset(self, shop: str) -> None:
        """Drop the collections of this model; they are then built anew."""
        for entity in ENTITIES:
            self._index.drop(self._collection(shop, entity))
            self._looked_at.discard(self._collection(shop, entity))
        self._not_before.pop(shop, None)

    def _collection(self, shop: str, entity: str) -> Collection:
        model = self._model()
        return Collection(shop, entity, model.name, self._text_version, model.dimension)

    def _model(self) -> Embedder:
        if self._embedder is None:
            self._embedder = self._make_embedder()  # a second and 60 MB: not before it is needed
        return self._embedder

    def _renew(self, collection: Collection, through: int, keys: Keys) -> float:
        """Compare rows with what the collection has, and write what differs.

        Returns the seconds that comparing took.
        """
        self._collections.begin(collection, self._index.name)
        begun = self._clock()
        found = self._compared(collection, keys)
        looked_s = self._clock() - begun
        gone = list(found.gone)
        if collection.entity == "products" and (found.fresh or gone):
            # Who bought one is told by its name. Noted before writing, which may fail.
            self._looked_at.discard(self._collection(collection.shop, "customers"))
        for at in range(0, len(found.fresh), _EMBEDDED_AT_ONCE):
            rows, wordless = self._embedded(found.fresh[at : at + _EMBEDDED_AT_ONCE])
            gone += wordless
            self._index.apply(collection, None, rows, ())
        offset = max(through, found.offset) if keys is None else through
        self._index.apply(collection, offset, found.kept, gone)
        if keys is None:
            self._looked_at.add(collection)
            self._collections.note(collection, self._index.name, offset, found.told)
        if found.fresh or gone:
            _log.info(
                "vectors of %s, %s: %d embedded, %d removed",
                *(collection.shop, collection.entity, len(found.fresh), len(gone)),
            )
        return looked_s

    def _compared(self, collection: Collection, keys: Keys) -> _Compared:
        held = self._index.held(collection, keys)
        gone = set(held)
        fresh: list[Told] = []
        kept: list[Stored] = []
        count = 0
        with self._rows.read(collection.shop, collection.entity, keys) as (offset, rows):
            for row in rows:
                one = told(collection.entity, row)
                if not one.text:
                    continue
                count += 1
                gone.discard(one.key)
                before = held.get(one.key)
                if before is None or before.text_hash != one.text_hash:
                    fresh.append(one)
                elif before.facts != one.facts:
                    kept.append(Stored(one.key, one.text_hash, None, one.facts))
        return _Compared(offset, fresh, kept, sorted(gone), count)

    def _embedded(self, texts: Sequence[Told]) -> tuple[list[Stored], list[str]]:
        """Rows to write, and keys whose text has no word that the model knows."""
        begun = self._clock()
        vectors = self._model().embed([one.text for one in texts])
        self._rest(min(self._clock() - begun, _LONGEST_REST_S))
        rows = [
            Stored(one.key, one.text_hash, vector, one.facts)
            for one, vector in zip(texts, vectors, strict=True)
            if vector.any()
        ]
        known = {row.key for row in rows}
        return rows, [one.key for one in texts if one.key not in known]

    def _answer_by(self, collection: Collection) -> None:
        """Let the collection answer, now that it is complete; drop those it replaces."""
        store = self._index.name
        live = self._collections.live(collection.shop, collection.entity)
        self._answering.add(collection)
        if live is not None and (live.collection, live.store) == (collection, store):
            return
        self._collections.begin(collection, store)
        self._collections.switch(collection, store)
        for old in self._collections.all(collection.shop):
            same_entity = old.collection.entity == collection.entity
            if same_entity and old.collection != collection and old.store == store:
                self._index.drop(old.collection)
                self._collections.forget(old.collection, old.store)
