"""How much memory a tree of processes takes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable

import psutil


def tree_pss_mb(pids: Iterable[int]) -> float:
    """Memory of the processes and all their descendants: shared pages count once (PSS).

    Where the system does not tell PSS, resident memory stands in, which counts shared pages often.
    """
    seen: dict[int, psutil.Process] = {}
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            seen[pid] = process
            seen.update({child.pid: child for child in process.children(recursive=True)})
    return sum(map(_process_mb, seen.values()))


def _process_mb(process: psutil.Process) -> float:
    with contextlib.suppress(psutil.Error):
        info = process.memory_full_info()
        return float(getattr(info, "pss", info.rss)) / 2**20
    return 0.0


class PeakMemory:
    """Watches a tree while the block runs; `peak_mb` is the most it took, looked at twice a second.

    pids  roots beside this process, asked anew each time: a server may start later
    """

    def __init__(self, every_s: float = 0.5) -> None:
        self.peak_mb = 0.0
        self.roots: set[int] = set()
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)

    def __enter__(self) -> PeakMemory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._stop.wait(self._every_s):
            self._look()

    def _look(self) -> None:
        own = psutil.Process().pid
        self.peak_mb = max(self.peak_mb, tree_pss_mb({own, *self.roots}))
