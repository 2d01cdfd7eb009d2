"""The reference: everything in memory, every comparison made."""

from __future__ import annotations

import threading
from collections.abc import Collection as AnyOf
from collections.abc import Mapping, Sequence

import numpy as np

from aethermart.sinks.vectors.index import (
    Collection,
    Facts,
    Filter,
    Held,
    Match,
    Stored,
    checked_vector,
)
from aethermart.sinks.vectors.libraries import Floats


class ExactIndex:
    name = "exact"

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, tuple[str, Floats, Facts]]] = {}
        self.offsets: dict[str, int] = {}
        self._lock = threading.Lock()

    def apply(
        self,
        collection: Collection,
        offset: int | None,
        upserts: Sequence[Stored],
        deletes: Sequence[str],
    ) -> None:
        vectors = [checked_vector(collection, row) for row in upserts]
        with self._lock:
            if offset is not None and offset <= self.offsets.get(collection.id, 0):
                return
            rows = self.rows.setdefault(collection.id, {})
            for key in deletes:
                rows.pop(key, None)
            for row, vector in zip(upserts, vectors, strict=True):
                if vector is not None:
                    rows[row.key] = (row.text_hash, vector, row.facts)
                elif row.key in rows:
                    rows[row.key] = (row.text_hash, rows[row.key][1], row.facts)
            if offset is not None:
                self.offsets[collection.id] = offset

    def applied(self, collection: Collection) -> int:
        return self.offsets.get(collection.id, 0)

    def held(self, collection: Collection, keys: AnyOf[str] | None = None) -> Mapping[str, Held]:
        rows = self.rows.get(collection.id, {})
        return {
            key: Held(text_hash, facts)
            for key, (text_hash, _, facts) in rows.items()
            if keys is None or key in keys
        }

    def vectors(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, Floats]:
        rows = self.rows.get(collection.id, {})
        return {key: rows[key][1] for key in keys if key in rows}

    def nearest(
        self, collection: Collection, query: Floats, limit: int, where: Filter | None = None
    ) -> list[Match]:
        found = [
            Match(key, float(np.dot(vector, query)), facts)
            for key, (_, vector, facts) in self.rows.get(collection.id, {}).items()
            if where is None or where.holds(facts)
        ]
        return sorted(found, key=lambda match: (-match.likeness, match.key))[: max(0, limit)]

    def drop(self, collection: Collection) -> None:
        self.rows.pop(collection.id, None)
        self.offsets.pop(collection.id, None)
