"""Named points at which a test may kill the process, to prove that a crash there loses nothing.

A point costs one dictionary look-up. `AETHERMART_KILL_AT=name:3,other` makes the process kill
itself at the third passage of one point and the first of the other, with SIGKILL, as the machine's
own death would: no cleanup runs. `AETHERMART_KILL_ONCE=folder` keeps a mark there of each point
that killed, so that the process lives when it is started again.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

# Every point there is; a test walks this list, so a point without its kill test fails the suite.
POINTS = (
    "capture.chunk_written",  # after a chunk's file, before the log entry that names it
    "capture.queue_read",  # MariaDB: the shop is marked as read, the log has nothing of it yet
    "capture.pass_prepared",  # compare: its state has the pass laid down, the log not yet
    "capture.pass_settled",  # compare: its state has moved on, the log has the entry
    "log.appended",  # after the log's append, before the reader's own state moves on
    "archive.table_committed",  # between two tables' Delta commits
    "archive.tables_committed",  # after all tables' data, before `_entries`, the archive's offset
    "archive.compacting",  # during compaction
    "mirror.rows_written",  # after the data, before the offset
    "mirror.committed",  # after the mirror's commit, before anyone is told
    "vectors.rows_written",  # after rows of vectors, before the offset or the file's own name
    "warehouse.views_swapping",  # between two views of one swap
    "publish.files_written",  # after a published table's files, before the commit that names them
    "publish.table_committed",  # between two published tables' Delta commits
    "publish.tables_committed",  # after all tables, before the manifest that names them
    "publish.manifest_written",  # after the manifest, before old files are deleted
    "backup.staged",  # after the set is gathered, before its archive
    "backup.written",  # after the archive under its temporary name, before its own
    "upgrade.migrated",  # after the platform database, before the mirror and the version
    "restore.verified",  # after the files are unpacked and checked, before the databases
    "restore.loaded",  # after the databases, before the settings file that makes it a project
    "reset.dropping",  # between two objects of a store that is torn down
    "reset.torn_down",  # each step of `store reset` is done, and not yet noted as done
    "reset.made",
    "reset.filled",
    "reset.secured",
    "reset.migrated",
)


class UnknownFailpoint(ValueError):
    """AETHERMART_KILL_AT names a point that is not in POINTS."""


def _armed() -> dict[str, int]:
    armed: dict[str, int] = {}
    for setting in filter(None, os.environ.get("AETHERMART_KILL_AT", "").split(",")):
        name, _, passage = setting.strip().partition(":")
        if name not in POINTS:
            known = ", ".join(POINTS)
            raise UnknownFailpoint(f"AETHERMART_KILL_AT: {name!r} is not one of {known}")
        armed[name] = int(passage or 1)
    return armed


_remaining = _armed()


def reached(point: str) -> None:
    """Die here if this passage of `point` is armed."""
    if point not in _remaining:
        return
    _remaining[point] -= 1
    if _remaining[point] == 0 and _first_death(point):
        os.kill(os.getpid(), signal.SIGKILL)


def _first_death(point: str) -> bool:
    folder = os.environ.get("AETHERMART_KILL_ONCE")
    if folder is None:
        return True
    try:
        (Path(folder) / point).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
