"""Stop reads that run past their deadline: one thread watches the cursors of all of them.

Who asks may wait shorter than a read may take, or leave: `waiting` bounds every read of its block.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

import duckdb

from aethermart.core.errors import Terminal

_INTERRUPT_EVERY_S = 0.05


class QueryTimeout(Terminal):
    """A read took longer than its deadline and was interrupted."""


class Abandoned(Terminal):
    """Whoever asked has left, and the read was interrupted."""


class Patience:
    """How long somebody waits for answers: some seconds, or until they leave."""

    def __init__(self, seconds: float) -> None:
        self.due = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._left = False
        self._ends: dict[object, Callable[[], None]] = {}

    @property
    def left(self) -> bool:
        return self._left

    def leave(self) -> None:
        """Interrupt what is being read, and what will be."""
        with self._lock:
            self._left = True
            ends = list(self._ends.values())
        for end in ends:
            end()

    @contextlib.contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Call `end` when they leave within the block, at once where they have left before."""
        token = object()
        with self._lock:
            self._ends[token] = end
            left = self._left
        if left:
            end()
        try:
            yield
        finally:
            with self._lock:
                del self._ends[token]


_patience: ContextVar[Patience | None] = ContextVar("aethermart_patience", default=None)


@contextlib.contextmanager
def waiting(patience: Patience) -> Iterator[None]:
    """Every read begun in the block, also in a thread with its context, ends with the patience."""
    token = _patience.set(patience)
    try:
        yield
    finally:
        _patience.reset(token)


class Deadlines:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[duckdb.DuckDBPyConnection, float] = {}
        self._expired: set[duckdb.DuckDBPyConnection] = set()
        self._looks_at = float("inf")
        self._closed = False
        self._watcher = threading.Thread(target=self._watch, name="duckdb-deadlines", daemon=True)
        self._watcher.start()

    @contextlib.contextmanager
    def interrupting(self, cursor: duckdb.DuckDBPyConnection, deadline_s: float) -> Iterator[None]:
        """Interrupt every statement of the block that runs past the deadline.

        Raises QueryTimeout where it did, Abandoned where whoever asked has left.
        """
        patience = _patience.get()
        if patience is None:
            with self._watching(cursor, deadline_s, lambda: False):
                yield
            return
        left_s = min(deadline_s, max(0.0, patience.due - time.monotonic()))
        with (
            self._watching(cursor, left_s, lambda: patience.left),
            patience.ending(lambda: self._hurry(cursor)),
        ):
            yield

    @contextlib.contextmanager
    def _watching(
        self, cursor: duckdb.DuckDBPyConnection, deadline_s: float, left: Callable[[], bool]
    ) -> Iterator[None]:
        due = time.monotonic() + deadline_s
        with self._changed:
            self._due[cursor] = due
            if due < self._looks_at:
                self._changed.notify()
        try:
            yield
        except duckdb.InterruptException as error:
            if not self._has_expired(cursor):
                raise
            if left():
                raise Abandoned(
                    "the query was stopped: whoever asked has left", fix="ask again"
                ) from error
            raise QueryTimeout(
                f"the query ran longer than {deadline_s:.3g} s and was stopped",
                fix="ask for less: a shorter period, one shop, a coarser grain",
            ) from error
        finally:
            with self._changed:  # from here on nobody interrupts it
                del self._due[cursor]
                self._expired.discard(cursor)
                if self._closed:
                    self._changed.notify()

    def _hurry(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with self._changed:
            if cursor in self._due:
                self._due[cursor] = 0.0
                self._changed.notify()

    def close(self) -> None:
        """Watch no more once the reads that are under way have ended."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _has_expired(self, cursor: duckdb.DuckDBPyConnection) -> bool:
        with self._changed:
            return cursor in self._expired

    def _watch(self) -> None:
        with self._changed:
            while self._due or not self._closed:
                now = time.monotonic()
                for cursor, due in self._due.items():
                    if due <= now:
                        self._expired.add(cursor)
                        cursor.interrupt()
                # Again and again: an interrupt between two statements is lost.
                self._looks_at = min(
                    (max(due, now + _INTERRUPT_EVERY_S) for due in self._due.values()),
                    default=float("inf"),
                )
                left_s = self._looks_at - now
                self._changed.wait(None if left_s == float("inf") else left_s)
