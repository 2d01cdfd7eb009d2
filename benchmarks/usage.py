"""What this process used so far. The standard library only: the peers' processes use it too."""

from __future__ import annotations

import contextlib
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_STATUS = Path("/proc/self/status")


@dataclass(slots=True)
class Used:
    wall_s: float = 0.0
    cpu_s: float = 0.0


@contextlib.contextmanager
def used() -> Iterator[Used]:
    """Wall and CPU seconds of the block: all threads, and children that ended in it."""
    answer = Used()
    wall, cpu = time.perf_counter(), own_cpu_s()
    try:
        yield answer
    finally:
        answer.wall_s, answer.cpu_s = time.perf_counter() - wall, own_cpu_s() - cpu


def own_cpu_s() -> float:
    """User and system time of this process and of the children it has waited for."""
    found = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(f.ru_utime + f.ru_stime for f in found)


def peak_rss_mb() -> float:
    """The most resident memory this process had since it began its program."""
    # ru_maxrss keeps what the forking parent had; the kernel's own mark starts anew at exec.
    with contextlib.suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
