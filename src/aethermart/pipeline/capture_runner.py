"""Keep one shop captured: read its source, append to the log, wait, again.

The log's end is where capture goes on from; nothing else remembers it, so nothing can disagree.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator

from aethermart.capture.source import Source
from aethermart.core.errors import AetherMartError, Transient
from aethermart.core.tracing import record
from aethermart.log.log import Log
from aethermart.log.tail import StalePosition
from aethermart.pipeline.backoff import Backoff
from aethermart.pipeline.faults import as_ours
from aethermart.pipeline.status import StatusBoard

_log = logging.getLogger(__name__)
_TERMINAL_RETRY_S = 30.0
_BEAT_EVERY_S = 2.0


class CaptureRunner:
    """One shop's capture.

    poll_s        wait between two looks at a shop that had nothing new
    heartbeat_s   a quiet shop's log gets a heartbeat this often
    require_space  raises while the log must not grow
    """

    def __init__(
        self,
        source: Source,
        log: Log,
        board: StatusBoard,
        *,
        poll_s: float = 0.05,
        heartbeat_s: float = 1.0,
        require_space: Callable[[], None] = lambda: None,
    ) -> None:
        self._source = source
        self._log = log
        self._board = board
        self._poll_s = poll_s
        self._heartbeat_s = heartbeat_s
        self._require_space = require_space
        self._spoke_at = float("-inf")
        self._beat_at = float("-inf")
        self._appending = False  # what failed was the log, not the shop

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; errors are reported, waited out and tried again."""
        backoff = Backoff()
        while not stop.is_set():
            try:
                moved = self.step(stop)
                self._beat("running", None)
                backoff.reset()
                if not moved:
                    stop.wait(self._poll_s)
            except StalePosition as stale:
                _log.warning("%s", stale)  # the next step reads the log's end again
                stop.wait(backoff.next_s())
            except Exception as raised:  # noqa: BLE001 - the worker's edge
                error = as_ours(raised, f"capture of {self._source.shop}")
                _log.error("capture of %s: %s", self._source.shop, error)
                self._report_failure(error)
                transient = isinstance(error, Transient)
                stop.wait(backoff.next_s() if transient else _TERMINAL_RETRY_S)

    def step(self, stop: threading.Event | None = None) -> bool:
        """One look at the shop; whether it had anything new."""
        self._appending = False
        self._require_space()
        now, began_at_ns = time.monotonic(), time.time_ns()
        heartbeat = now - self._spoke_at >= self._heartbeat_s
        rows = 0
        position = self._log.head(self._source.shop).position
        entries = self._source.read(position, heartbeat=heartbeat)
        try:
            for entry in entries:
                self._appending = True
                self._log.append(entry)
                self._appending = False
                self._spoke_at = time.monotonic()
                position = entry.end
                rows += entry.rows
                if stop is not None and stop.is_set():
                    return True
        finally:
            # Else it, and the transaction it reads in, may live on as long as an error is kept
            # somewhere, and end in the middle of the next read.
            if isinstance(entries, Generator):
                entries.close()
        if position is not None:
            self._source.acknowledge(position)
        if rows:
            record("capture.pass", began_at_ns, shop=self._source.shop, rows=rows)
        return rows > 0

    def _beat(self, state: str, detail: str | None) -> None:
        now = time.monotonic()
        if now - self._beat_at >= _BEAT_EVERY_S or state != "running":
            self._board.beat(f"capture {self._source.shop}", state, detail)
            self._beat_at = now

    def _report_failure(self, error: AetherMartError) -> None:
        try:
            hop = "log: " if self._appending else ""  # whoever blames a hop reads it
            self._beat("retrying" if error.retryable else "stopped", f"{hop}{error}")
        except Exception:  # noqa: BLE001 - the report is lost with the database; the log line above is not
            _log.exception("capture of %s could not report its state", self._source.shop)
