"""Archives a log of entry files, joining small files on the way; killed by its parent or itself.

`python -m tests.kill.archive_child HOME`: HOME/log has one file an entry, named by its offset.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from aethermart.core.entries import LoggedEntry
from aethermart.log.archive.archive import Archive, ArchiveSettings
from aethermart.log.chunks import ChunkStore
from aethermart.log.codec import decode

SHOP = "corner_shop"
SETTINGS = ArchiveSettings(compact_from_files=3, keep_replaced_hours=0)
BATCH = 2


def read_log(home: Path) -> list[LoggedEntry]:
    return [
        LoggedEntry(
            int(file.stem),
            datetime(2026, 3, 1, tzinfo=UTC),
            decode(file.read_bytes()),
        )
        for file in sorted((home / "log").iterdir())
    ]


def open_archive(home: Path) -> Archive:
    return Archive(home / "bronze", ChunkStore(home / "chunks"), SETTINGS)


def main() -> None:
    home = Path(sys.argv[1])
    archive = open_archive(home)
    log = read_log(home)
    done = archive.applied(SHOP)
    while done < len(log):
        archive.apply(log[done : done + BATCH])
        archive.compact(SHOP)
        done = archive.applied(SHOP)


if __name__ == "__main__":
    main()
