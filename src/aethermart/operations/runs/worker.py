"""Execute runs on a few threads of this process, in the order they were asked for.

At its start a worker marks what a killed server left open as lost; a run is never begun twice.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Mapping
from typing import Any

from aethermart.client.answers.ops import Run, RunState
from aethermart.core.errors import AetherMartError, Transient
from aethermart.core.tracing import carried, span
from aethermart.operations.runs.store import RunStore
from aethermart.operations.runs.work import Cancelled, Result, WorkKind, WorkKinds
from aethermart.pipeline.backoff import Backoff
from aethermart.pipeline.faults import as_ours

_log = logging.getLogger(__name__)
_REPORT_EVERY_S = 0.5
_STOP_S = 10.0


class RunWorker:
    """threads  runs that may go on at once; of one kind it is never more than one"""

    def __init__(self, store: RunStore, kinds: WorkKinds, *, threads: int = 2) -> None:
        self._store = store
        self._kinds = kinds
        self._jobs: queue.SimpleQueue[tuple[Run, WorkKind, Any] | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"runs-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Raises Unavailable while the platform database does not answer."""
        for run_id in self._store.lose_open():
            _log.warning("run %d was lost with the server before", run_id)
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask the runs under way to end at their next step, and wait for them a little."""
        self._stopping.set()
        for _ in self._threads:
            self._jobs.put(None)
        deadline = time.monotonic() + _STOP_S
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def submit(self, kind: str, arguments: Mapping[str, str], started_by: str) -> Run:
        """Raises BadInput for what cannot be run so, Conflict while one of the kind is open."""
        work = self._kinds.checked(kind, arguments)
        run = self._store.add(kind, arguments, started_by)
        self._jobs.put((run, work, carried()))
        return run

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            run, kind, parent = job
            try:
                with span("run", parent, kind=run.kind, run=run.id):
                    self._execute(run, kind)
            except Exception as raised:  # noqa: BLE001 - the worker's edge
                _log.error("run %d: %s", run.id, as_ours(raised, run.kind))

    def _execute(self, run: Run, kind: WorkKind) -> None:
        if self._stopping.is_set() or not self._store.begin(run.id):
            self._end(run.id, "cancelled", "cancelled before it began")
            return
        reporter = _Reporter(self._store, run.id, self._stopping)
        try:
            result: Result = kind.do(run.arguments, reporter)
        except Cancelled as cancelled:
            self._end(run.id, "cancelled", cancelled.cause)
        except Exception as raised:  # noqa: BLE001 - the worker's edge: the run's error
            error = as_ours(raised, run.kind)
            _log.error("run %d, %s: %s", run.id, run.kind, error)
            self._end(run.id, "failed", _first_line(error), error=error)
        else:
            self._end(run.id, "succeeded", "done", result=result)

    def _end(
        self,
        run_id: int,
        state: RunState,
        message: str,
        *,
        error: AetherMartError | None = None,
        result: Result | None = None,
    ) -> None:
        """What came out is not lost with the database: it is told once that answers again."""
        backoff = Backoff()
        while True:
            try:
                self._store.end(run_id, state, message, error=error, result=result)
                return
            except Transient as away:
                _log.warning("run %d %s, which could not be noted yet: %s", run_id, state, away)
                if self._stopping.wait(backoff.next_s()):
                    return


class _Reporter:
    def __init__(self, store: RunStore, run_id: int, stopping: threading.Event) -> None:
        self._store = store
        self._run_id = run_id
        self._stopping = stopping
        self._said_at = float("-inf")
        self._last: tuple[float | None, str] | None = None

    def __call__(self, progress: float | None, message: str) -> None:
        if self._stopping.is_set():
            raise Cancelled("the server stops", fix="start it again when the server is back")
        now = time.monotonic()
        if now - self._said_at < _REPORT_EVERY_S:
            return
        self._said_at = now
        step = (progress, message)
        if step == self._last:  # the same again is no step: it only asks whether to stop
            stop = self._store.cancel_requested(self._run_id)
        else:
            stop = self._store.report(self._run_id, progress, message)
        self._last = step
        if stop:
            raise Cancelled("cancelled on request", fix="start it again where it is needed")


def _first_line(error: AetherMartError) -> str:
    return error.cause.splitlines()[0] if error.cause else type(error).__name__
