"""Child processes that are restarted when they die and that die with their parent.

The parent holds the write end of a pipe that is the child's standard input. When the parent is
gone, however it went, the pipe ends, and the child leaves. That needs no signal and no polling,
and works on every system.
"""

from __future__ import annotations

import _thread
import contextlib
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from aethermart.pipeline.backoff import Backoff

_log = logging.getLogger(__name__)
CHILD_FLAG = "AETHERMART_CHILD"
_STOP_S = 15.0
_STEADY_S = 10.0  # a child that lived this long starts its backoff anew


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """name of the child, its command, where its output goes, and what its environment adds."""

    name: str
    command: Sequence[str]
    log_file: Path
    environment: Mapping[str, str] = field(default_factory=dict)


class _Child:
    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        self.backoff = Backoff(first_s=0.5, most_s=20.0)
        self.restart_at = 0.0
        self.restarts = -1
        self.own_errors = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0

    def start(self) -> None:
        self._let_go()
        self.spec.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.spec.log_file.open("ab") as output:
            self.process = subprocess.Popen(
                list(self.spec.command),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.spec.environment, CHILD_FLAG: "1"},
                start_new_session=True,  # Ctrl-C reaches the parent, which stops them in order
            )
        self.started_at = time.monotonic()
        self.restarts += 1

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
        self._let_go()

    def kill_after(self, timeout_s: float) -> None:
        if self.process is None:
            return
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            _log.warning("%s did not stop in time and is killed", self.spec.name)
            self.process.kill()
            self.process.wait()

    def _let_go(self) -> None:
        """Close our end of the pipe."""
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()


class Supervisor:
    """Runs its children until `stop`; a child that exits is started again, later each time."""

    def __init__(self, specs: Sequence[ChildSpec]) -> None:
        self._children = [_Child(spec) for spec in specs]
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Start all; where one cannot be started none stays. Raises OSError."""
        try:
            with self._lock:
                for child in self._children:
                    child.start()
        except BaseException:
            self.stop()
            raise
        self._thread.start()

    def stop(self) -> None:
        """Ask all to leave at once, wait, and kill those that do not."""
        self._stopping.set()
        with self._lock:
            for child in self._children:
                child.stop()
            deadline = time.monotonic() + _STOP_S
            for child in self._children:
                child.kill_after(max(0.1, deadline - time.monotonic()))

    def pids(self) -> dict[str, int]:
        """Process id of each child that runs."""
        return {
            child.spec.name: child.process.pid
            for child in self._children
            if child.process is not None and child.process.poll() is None
        }

    def restarts(self) -> dict[str, int]:
        """How often each child had to be started again."""
        return {child.spec.name: max(child.restarts, 0) for child in self._children}

    def gave_up(self) -> dict[str, int]:
        """How often each child left by itself with an error; deaths by a signal do not count."""
        return {child.spec.name: child.own_errors for child in self._children}

    def _watch(self) -> None:
        while not self._stopping.wait(0.2):
            with self._lock:
                for child in self._children:
                    if not self._stopping.is_set():
                        self._revive(child)

    def _revive(self, child: _Child) -> None:
        if child.process is None or child.process.poll() is None:
            return
        now = time.monotonic()
        if child.restart_at == 0.0:
            if now - child.started_at > _STEADY_S:
                child.backoff.reset()
            self._restart_later(child, f"left with {child.process.returncode}")
        elif now >= child.restart_at:
            child.restart_at = 0.0
            try:
                child.start()
            except OSError as error:  # its program is being replaced, or the disk is full
                self._restart_later(child, f"cannot be started: {error}")

    def _restart_later(self, child: _Child, why: str) -> None:
        wait_s = child.backoff.next_s()
        child.restart_at = time.monotonic() + wait_s
        _log.error(
            "%s %s; started again in %.1f s, its words are in %s",
            child.spec.name,
            why,
            wait_s,
            child.spec.log_file,
        )


def stop_on_signals(stop: threading.Event) -> None:
    """SIGTERM and SIGINT set the event, so that the caller can leave in order.

    A handler runs between any two steps of the main thread, which may hold the event's own lock
    just then: another thread sets it.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _thread.start_new_thread(stop.set, ()))


def leave_with_parent(grace_s: float = 10.0) -> None:
    """In a child of a Supervisor: leave when the parent is gone, in order if that works in time."""
    if os.environ.pop(CHILD_FLAG, None) != "1":
        return

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(sys.stdin.fileno(), 4096):
                pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(grace_s)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
