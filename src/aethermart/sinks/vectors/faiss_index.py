"""Vectors in this process by faiss: all compared up to 100,000, a graph (HNSW) beyond.

The rows lie in files (segments.py), a commit each. Other processes may read and write: a writer
holds the collection's lock and takes in first what others wrote; a reader looks whether there is
more. A graph is made when the files are read, and grows with the rows.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Collection as AnyOf
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aethermart.sinks.vectors import segments
from aethermart.sinks.vectors.columns import FactColumns, Truths
from aethermart.sinks.vectors.index import (
    Collection,
    Filter,
    Held,
    Match,
    Stored,
    checked_vector,
)
from aethermart.sinks.vectors.libraries import Floats, faiss_library, np
from aethermart.sinks.vectors.segments import Segment

GRAPH_FROM_ROWS = 100_000
SCAN_UP_TO = 20_000
_NEIGHBOURS = 32
_EF_BUILD = 80
_EF_SEARCH = 128
_EF_MOST = 1024  # a filter that needs more of the graph is answered by comparing
_JOINED_FROM = 32  # commits
_DEAD_SHARE = 0.2  # of a graph's rows: with more it is made anew


class FaissIndex:
    """Any thread may use it. Raises Terminal where faiss is not installed."""

    name = "faiss"

    def __init__(
        self,
        folder: Path,
        *,
        graph_from_rows: int = GRAPH_FROM_ROWS,
        scan_up_to: int = SCAN_UP_TO,
    ) -> None:
        """scan_up_to: so many rows that match are compared one by one, graph or not."""
        self._faiss = faiss_library()
        self._folder = folder
        self._sizes = (graph_from_rows, scan_up_to)
        self._lock = threading.Lock()
        self._opened: dict[str, _Rows] = {}

    def apply(
        self,
        collection: Collection,
        offset: int | None,
        upserts: Sequence[Stored],
        deletes: Sequence[str],
    ) -> None:
        for row in upserts:
            checked_vector(collection, row)
        folder = self._folder / collection.id
        with self._written(folder), self._rows(collection) as rows:
            if offset is not None and offset <= rows.offset:
                return
            segment = Segment(rows.newest + 1, False, offset, upserts, deletes)
            segments.write(folder, segment, collection.dimension)
            rows.take(segment)
            if rows.commits >= _JOINED_FROM:
                self._join(folder, collection, rows, rows.all(), rows.offset or None)

    def applied(self, collection: Collection) -> int:
        with self._rows(collection) as rows:
            return rows.offset

    def held(self, collection: Collection, keys: AnyOf[str] | None = None) -> Mapping[str, Held]:
        with self._rows(collection) as rows:
            return rows.held(keys)

    def vectors(self, collection: Collection, keys: Sequence[str]) -> Mapping[str, Floats]:
        with self._rows(collection) as rows:
            return {key: rows.vector(key) for key in keys if key in rows.row_of}

    def nearest(
        self, collection: Collection, query: Floats, limit: int, where: Filter | None = None
    ) -> list[Match]:
        with self._rows(collection) as rows:
            return rows.nearest(query, limit, where or Filter())

    def drop(self, collection: Collection) -> None:
        folder = self._folder / collection.id
        with self._written(folder), self._rows(collection) as rows:
            if rows.newest:
                # Its number goes on, so that no other process takes what comes later for known.
                self._join(folder, collection, rows, [], None)

    def _join(
        self,
        folder: Path,
        collection: Collection,
        rows: _Rows,
        everything: Sequence[Stored],
        offset: int | None,
    ) -> None:
        base = Segment(rows.newest + 1, True, offset, everything, ())
        segments.write(folder, base, collection.dimension)
        segments.forget_before(folder, base.number)
        if everything:
            rows.commits, rows.newest = 0, base.number  # they are in memory as they are
        else:
            rows.take(base)

    @contextmanager
    def _written(self, folder: Path) -> Iterator[None]:
        """One writer at a time, of all processes; the system frees a killed one's lock."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _rows(self, collection: Collection) -> Iterator[_Rows]:
        """The rows, with all that was committed by now, for this thread alone."""
        with self._lock:
            rows = self._opened.get(collection.id)
            if rows is None:
                rows = _Rows(self._faiss, collection.dimension, *self._sizes)
                self._opened[collection.id] = rows
        with rows.lock:
            rows.catch_up(self._folder / collection.id)
            yield rows


class _Rows:
    """A collection in memory.

    row_of  key -> its row; a row that no key has is dead and waits to be left out
    """

    def __init__(self, faiss: Any, dimension: int, graph_from_rows: int, scan_up_to: int) -> None:
        self.lock = threading.Lock()
        self._faiss = faiss
        self._dimension = dimension
        self._graph_from_rows = graph_from_rows
        self._scan_up_to = scan_up_to
        self._clear()

    def _clear(self) -> None:
        self.offset = self.newest = self.commits = 0
        self.row_of: dict[str, int] = {}
        self._keys: list[str] = []
        self._hashes: list[str] = []
        self._alive = np.zeros(0, dtype=bool)
        self._facts = FactColumns()
        self._flat = self._faiss.IndexFlatIP(self._dimension)
        self._graph: Any = None

    def catch_up(self, folder: Path) -> None:
        """Take in what is in the folder and not here; another process may have written it."""
        while True:
            there = segments.numbers(folder)
            if not there:
                if self.newest:  # dropped by another process
                    self._clear()
                return
            new = [number for number in there if number > self.newest]
            if not new:
                return
            if self.newest < there[0] and self.newest:
                self._clear()  # a base has taken the place of commits that were not seen
                continue
            try:
                for number in new:
                    self.take(segments.read(folder, number))
                return
            except FileNotFoundError:
                self._clear()  # joined to a base while we read

    def take(self, segment: Segment) -> None:
        if segment.base:
            self._clear()
        for key in segment.deletes:
            self._kill(key)
        self._put(segment.upserts)
        self.newest = segment.number
        self.commits += 0 if segment.base else 1
        if segment.offset is not None:
            self.offset = segment.offset
        self._keep_graph()

    def all(self) -> list[Stored]:
        vectors = self._numbers()
        return [
            Stored(key, self._hashes[row], vectors[row].copy(), self._facts.facts(row))
            for key, row in self.row_of.items()
        ]

    def held(self, keys: AnyOf[str] | None) -> dict[str, Held]:
        wanted = self.row_of if keys is None else self.row_of.keys() & set(keys)
        return {
            key: Held(self._hashes[row], self._facts.facts(row))
            for key in wanted
            for row in [self.row_of[key]]
        }

    def vector(self, key: str) -> Floats:
        return np.array(self._numbers()[self.row_of[key]], dtype=np.float32)

    def nearest(self, query: Floats, limit: int, where: Filter) -> list[Match]:
        rows = len(self._keys)
        matching = self._alive[:rows]
        if where:
            matching = matching & self._facts.matching(rows, where)
        count = int(matching.sum())
        limit = min(limit, count)
        if limit <= 0:
            return []
        asked = np.ascontiguousarray(query, dtype=np.float32).reshape(1, -1)
        found = self._by_graph(asked, limit, matching, count)
        if found is None:
            found = self._compared(asked, limit, matching, count)
        return [Match(self._keys[row], like, self._facts.facts(row)) for row, like in found]

    def _by_graph(
        self, asked: Floats, limit: int, matching: Truths, count: int
    ) -> list[tuple[int, float]] | None:
        """None where comparing is the better way, or the graph did not find enough."""
        if self._graph is None or count <= self._scan_up_to:
            return None
        # The graph is walked over all rows, of which this share may be kept.
        ef_search = int(max(_EF_SEARCH, 2 * limit) * len(matching) / count)
        if ef_search > _EF_MOST:
            return None
        parameters = self._faiss.SearchParametersHNSW(
            efSearch=ef_search, sel=self._selector(matching)
        )
        likes, found = self._graph.search(asked, limit, params=parameters)
        if (found < 0).any():
            return None
        return list(zip(found[0].tolist(), likes[0].tolist(), strict=True))

    def _compared(
        self, asked: Floats, limit: int, matching: Truths, count: int
    ) -> list[tuple[int, float]]:
        if count <= self._scan_up_to < len(matching):
            rows = np.flatnonzero(matching)
            likes = self._numbers()[rows] @ asked[0]
            best = np.argpartition(-likes, limit - 1)[:limit]
            best = best[np.argsort(-likes[best], kind="stable")]
            return list(zip(rows[best].tolist(), likes[best].tolist(), strict=True))
        everything = count == len(matching)
        parameters = (
            None if everything else self._faiss.SearchParameters(sel=self._selector(matching))
        )
        likes, found = self._flat.search(asked, limit, params=parameters)
        return list(zip(found[0].tolist(), likes[0].tolist(), strict=True))

    def _selector(self, matching: Truths) -> Any:
        return self._faiss.IDSelectorBitmap(np.packbits(matching, bitorder="little"))

    def _put(self, upserts: Sequence[Stored]) -> None:
        new: list[Stored] = []
        for row in {row.key: row for row in upserts}.values():  # the last one of a key counts
            at = self.row_of.get(row.key)
            if row.vector is not None:
                self._kill(row.key)
                new.append(row)
            elif at is not None:
                self._hashes[at] = row.text_hash
                self._facts.put(at, row.facts)
        if not new:
            return
        first = len(self._keys)
        vectors = np.stack([np.asarray(row.vector, dtype=np.float32) for row in new])
        (self._flat if self._graph is None else self._graph).add(vectors)
        if first + len(new) > len(self._alive):
            grown = np.zeros(max(1024, 2 * (first + len(new))), dtype=bool)
            grown[:first] = self._alive[:first]
            self._alive = grown
        for at, row in enumerate(new, start=first):
            self._keys.append(row.key)
            self._hashes.append(row.text_hash)
            self._facts.put(at, row.facts)
            self.row_of[row.key] = at
            self._alive[at] = True

    def _kill(self, key: str) -> None:
        at = self.row_of.pop(key, None)
        if at is not None:
            self._alive[at] = False

    def _keep_graph(self) -> None:
        """Leave dead rows out where they are many; make the graph where the rows are."""
        dead = len(self._keys) - len(self.row_of)
        if dead > _DEAD_SHARE * len(self._keys) + 1000:
            rows, offset, newest, commits = self.all(), self.offset, self.newest, self.commits
            self._clear()
            self._put(rows)
            self.offset, self.newest, self.commits = offset, newest, commits
        if self._graph is None and len(self.row_of) > self._graph_from_rows:
            metric = self._faiss.METRIC_INNER_PRODUCT
            self._graph = self._faiss.IndexHNSWFlat(self._dimension, _NEIGHBOURS, metric)
            self._graph.hnsw.efConstruction = _EF_BUILD
            self._graph.add(self._numbers())
            self._flat = self._faiss.downcast_index(self._graph.storage)  # one copy is enough

    def _numbers(self) -> Floats:
        """(rows, dimension), a view on faiss's own memory; the dead are in it, too."""
        flat, count = self._flat, len(self._keys)
        if count == 0:
            return np.zeros((0, self._dimension), dtype=np.float32)
        numbers = self._faiss.rev_swig_ptr(flat.get_xb(), count * self._dimension)
        return np.asarray(numbers).reshape(count, self._dimension)
