"""Named points at which a test may kill the process, to prove that a crash there loses nothing.

A point costs one dictionary look-up. `AETHERMART_KILL_AT=name` or `name:3` (the third passage)
makes the process kill itself there with SIGKILL, as the machine's own death would: no cleanup runs.
"""

from __future__ import annotations

import os
import signal

# Every point there is; a test walks this list, so a point without its kill test fails the suite.
POINTS = (
    "capture.chunk_written",  # after a chunk's file, before the log entry that names it
    "log.appended",  # after the log's append, before the reader's own state moves on
    "archive.table_committed",  # between two tables' Delta commits
    "archive.tables_committed",  # after all tables' data, before `_entries`, the archive's offset
    "archive.compacting",  # during compaction
    "mirror.rows_written",  # after the data, before the offset
    "mirror.committed",  # after the mirror's commit, before anyone is told
    "warehouse.views_swapping",  # between two views of one swap
)


class UnknownFailpoint(ValueError):
    """AETHERMART_KILL_AT names a point that is not in POINTS."""


def _armed() -> dict[str, int]:
    setting = os.environ.get("AETHERMART_KILL_AT", "")
    if not setting:
        return {}
    name, _, passage = setting.partition(":")
    if name not in POINTS:
        raise UnknownFailpoint(f"AETHERMART_KILL_AT: {name!r} is not one of {', '.join(POINTS)}")
    return {name: int(passage or 1)}


_remaining = _armed()


def reached(point: str) -> None:
    """Die here if this passage of `point` is armed."""
    if point not in _remaining:
        return
    _remaining[point] -= 1
    if _remaining[point] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
