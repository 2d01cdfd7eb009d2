"""Keep the archive: micro-batches from the log, then pruning, compaction and leftover files.

Heartbeats alone are held back for a while: a commit each would only make the table's log long.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from aethermart.core.entries import Heartbeat, LoggedEntry
from aethermart.log.archive.archive import Archive
from aethermart.log.chunks import ChunkStore
from aethermart.log.log import Log
from aethermart.log.tail import PostgresTail
from aethermart.pipeline.faults import as_ours
from aethermart.pipeline.settings import PipelineSettings
from aethermart.pipeline.sink_runner import SinkRunner
from aethermart.pipeline.status import StatusBoard

_logger = logging.getLogger(__name__)
_ORPHAN_AGE_S = 3600.0  # a chunk this old that no entry names was left by a killed capture
_BATCHES_A_ROUND = 20  # then look at the clock again: upkeep must not starve behind a replay


class HeldBack:
    """Says how many of a shop's entries are worth a commit yet: all or none."""

    def __init__(self, quiet_s: float) -> None:
        self._quiet_s = quiet_s
        self._last: dict[str, float] = {}

    def __call__(self, shop: str, entries: Sequence[LoggedEntry]) -> int:
        now = time.monotonic()
        idle = all(
            not entry.entry.parts and all(isinstance(c, Heartbeat) for c in entry.entry.controls)
            for entry in entries
        )
        if idle and now - self._last.get(shop, 0.0) < self._quiet_s:
            return 0
        self._last[shop] = now
        return len(entries)


class ArchiveKeeper:
    def __init__(
        self,
        runner: SinkRunner,
        archive: Archive,
        log: Log,
        tail: PostgresTail,
        chunks: ChunkStore,
        board: StatusBoard,
        settings: PipelineSettings,
        retention: Callable[[], None] = lambda: None,
    ) -> None:
        """retention  enforced with the upkeep, in the thread that appends"""
        self._runner = runner
        self._archive = archive
        self._log = log
        self._tail = tail
        self._chunks = chunks
        self._board = board
        self._settings = settings
        self._retention = retention

    def run(self, stop: threading.Event) -> None:
        upkeep_at = time.monotonic() + self._settings.prune_every_s
        while not stop.is_set():
            self._guarded("archiving", self._archive_all)
            if time.monotonic() >= upkeep_at:
                self._guarded("upkeep", self.upkeep)
                self._guarded("retention", self._retention)
                upkeep_at = time.monotonic() + self._settings.prune_every_s
            stop.wait(self._settings.archive_every_s)

    def upkeep(self) -> None:
        """Prune what every sink and the archive have, compact, remove leftovers."""
        for shop, lowest in self._board.lowest_applied().items():
            self._log.prune(shop, lowest - self._settings.keep_entries)
            self._archive.compact(shop)
        self._chunks.remove_orphans(self._tail.chunk_files(), _ORPHAN_AGE_S)

    def _archive_all(self) -> None:
        for _ in range(_BATCHES_A_ROUND):
            if not self._runner.step():
                break
        self._board.beat("archive", "running")

    def _guarded(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as raised:  # noqa: BLE001 - the worker's edge: one task, not the others
            _logger.error("%s: %s", what, as_ours(raised, what))
