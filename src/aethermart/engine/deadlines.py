"""Stop reads that run past their deadline: one thread watches the cursors of all of them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import duckdb

from aethermart.core.errors import Terminal

_INTERRUPT_EVERY_S = 0.05


class QueryTimeout(Terminal):
    """A read took longer than its deadline and was interrupted."""


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

        Raises QueryTimeout where it did.
        """
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
            raise QueryTimeout(
                f"the query ran longer than {deadline_s:g} s and was stopped",
                fix="ask for less: a shorter period, one shop, a coarser grain",
            ) from error
        finally:
            with self._changed:  # from here on nobody interrupts it
                del self._due[cursor]
                self._expired.discard(cursor)
                if self._closed:
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
