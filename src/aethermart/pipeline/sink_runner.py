"""Feed one sink from the log, shop by shop, in order, for as long as asked.

A shop whose entry fails waits there and is tried again: soon after a transient error, seldom after
a terminal one, at once when an operator asks. Other shops go on. Nothing is skipped.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from aethermart.core.entries import LoggedEntry
from aethermart.core.errors import AetherMartError, Transient
from aethermart.core.tracing import span
from aethermart.log.log import Log
from aethermart.pipeline.backoff import Backoff
from aethermart.pipeline.faults import as_ours
from aethermart.pipeline.status import DeadLetters, SinkStatus, StatusBoard

_log = logging.getLogger(__name__)
_TERMINAL_RETRY_S = 30.0
UNREAD = "unread"  # stands in a dead letter for the id of an entry that cannot even be read


class Sink(Protocol):
    """A projection's writer. It commits its offset with its data and ignores what it has seen."""

    name: str

    def applied(self, shop: str) -> int: ...

    def apply(self, entries: Sequence[LoggedEntry]) -> None:
        """Entries of one shop, in order; whole or not at all."""
        ...


Wait = Callable[[float], object]  # returns when the log has grown, or after so many seconds


@dataclass(slots=True)
class _Shop:
    applied: int | None = None  # None until the sink was asked
    as_of: datetime | None = None
    backoff: Backoff = field(default_factory=Backoff)
    wait_until: float = 0.0
    failed: bool = True  # a dead letter may be open, perhaps from a process before this one
    unreported: bool = False
    single_until: int = 0  # up to this offset, one entry at a time: one of them is unfit


class SinkRunner:
    """ready   how many of the entries that were read may be applied yet; the rest is read again
    pace_s  applies begin this far apart at least: what comes meanwhile is applied together
    reset   empties the sink of a shop; without it nothing can be rebuilt here
    """

    def __init__(
        self,
        sink: Sink,
        log: Log,
        board: StatusBoard,
        letters: DeadLetters,
        wait: Wait,
        *,
        batch_entries: int = 256,
        idle_wait_s: float = 1.0,
        pace_s: float = 0.0,
        ready: Callable[[str, Sequence[LoggedEntry]], int] = lambda _shop, entries: len(entries),
        on_progress: Callable[[str], None] | None = None,
        reset: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._log = log
        self._board = board
        self._letters = letters
        self._wait = wait
        self._batch_entries = batch_entries
        self._idle_wait_s = idle_wait_s
        self._pace_s = pace_s
        self._ready = ready
        self._on_progress = on_progress
        self._reset = reset
        self._rebuilds: dict[str, Future[None]] = {}
        self._rows: Counter[str] = Counter()
        self._clock = clock
        self._shops: dict[str, _Shop] = {}
        self._behind = False  # the last step left something unread

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. A lost platform database is waited for, not died of."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                begun = self._clock()
                moved = self.step()
                backoff.reset()
                if not moved:
                    self._wait(self._idle_wait_s)
                elif not self._behind:
                    stop.wait(begun + self._pace_s - self._clock())
            except Exception as raised:  # noqa: BLE001 - the worker's edge
                _log.warning("%s: %s", self._sink.name, as_ours(raised, self._sink.name))
                stop.wait(backoff.next_s())

    def step(self) -> bool:
        """Apply what is there of each shop, once; whether anything moved."""
        moved = self._behind = False
        for shop in self._log.heads():
            moved = self._step_shop(shop) or moved
        return moved

    def rebuild(self, shop: str) -> Future[None]:
        """Have the sink emptied of a shop by the runner's own thread, which then fills it again.

        Done once it is empty; holds what emptying raised, if it did. Any thread may ask.
        """
        return self._rebuilds.setdefault(shop, Future())

    def rows_applied(self) -> Mapping[str, int]:
        """Rows of the entries applied since the start, by shop."""
        return dict(self._rows)

    def _begin_rebuild(self, shop: str) -> None:
        asked = self._rebuilds.pop(shop, None)
        if asked is None or self._reset is None:
            return
        try:
            self._reset(shop)
        except BaseException as error:  # noqa: BLE001 - who asked for it raises it
            asked.set_exception(error)
            return
        self._shops.pop(shop, None)  # it is asked for its offset again
        asked.set_result(None)

    def _step_shop(self, shop: str) -> bool:
        self._begin_rebuild(shop)
        state = self._shops.setdefault(shop, _Shop())
        if self._clock() < state.wait_until and not self._retry_wanted(shop, state):
            return False
        entries: Sequence[LoggedEntry] = ()
        try:
            if state.applied is None:
                state.applied = self._sink.applied(shop)
            limit = 1 if state.applied < state.single_until else self._batch_entries
            entries = self._log.read(shop, state.applied, limit)
            if entries:
                entries = entries[: self._ready(shop, entries)]
            if not entries:
                self._report_progress(shop, state)
                return False
            self._behind = self._behind or len(entries) == limit
            with span(
                "sink.apply",
                sink=self._sink.name,
                shop=shop,
                entries=len(entries),
                through=entries[-1].offset,
            ):
                self._sink.apply(entries)
        except Exception as raised:  # noqa: BLE001 - the worker's edge: one shop waits, none is lost
            error = as_ours(raised, f"{self._sink.name} of {shop}")
            return self._note_failure(shop, state, entries, error)
        self._note_success(shop, state, entries)
        return True

    def _retry_wanted(self, shop: str, state: _Shop) -> bool:
        return state.failed and self._letters.retry_requested(self._sink.name, shop)

    def _note_success(self, shop: str, state: _Shop, entries: Sequence[LoggedEntry]) -> None:
        state.applied = entries[-1].offset
        state.as_of = entries[-1].entry.captured_at
        self._rows[shop] += sum(logged.entry.rows for logged in entries)
        state.wait_until = 0.0
        state.backoff.reset()
        if state.failed:
            self._letters.resolve(self._sink.name, shop, state.applied)
            state.failed = False
        state.unreported = True
        self._report_progress(shop, state)
        if self._on_progress is not None:
            self._on_progress(shop)

    def _report_progress(self, shop: str, state: _Shop) -> None:
        if state.unreported and state.applied is not None:
            name = self._sink.name
            said = self._board.report_sink(name, shop, state.applied, state.as_of)
            state.unreported = not said

    def _note_failure(
        self, shop: str, state: _Shop, entries: Sequence[LoggedEntry], error: AetherMartError
    ) -> bool:
        """Whether to try again at once."""
        applied = state.applied or 0
        transient = isinstance(error, Transient)
        if not transient and applied >= state.single_until:
            # Read afresh and one by one, which tells the unfit entry; those before it still go in.
            state.single_until = entries[-1].offset if entries else applied + self._batch_entries
            return True
        _log.error("%s: %s stays before entry %s: %s", self._sink.name, shop, applied + 1, error)
        if transient:
            state.wait_until = self._clock() + state.backoff.next_s()
        else:
            state.wait_until = self._clock() + _TERMINAL_RETRY_S
            state.failed = True
            entry_id = entries[0].entry.id if entries else UNREAD
            self._letters.record(self._sink.name, shop, applied + 1, entry_id, str(error))
        status: SinkStatus = "retrying" if transient else "stopped"
        name = self._sink.name
        self._board.report_sink(name, shop, applied, state.as_of, status, str(error))
        return False
