"""The files that are a shop's archive as of an offset, found while others append to it.

Delta's files never change once they are there, and what a compaction replaced stays for
`keep_replaced_hours`: whoever links or copies these files has the archive as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aethermart.log.archive import journal
from aethermart.log.archive.delta import cut


@dataclass(frozen=True, slots=True)
class FrozenArchive:
    """files    relative to the archive's folder
    applied  the last offset of the shop that they hold whole
    """

    files: tuple[Path, ...]
    applied: int


def frozen_archive(folder: Path, shop: str, through: int) -> FrozenArchive:
    """A shop's archive at the newest moment at which no table of it was past offset `through`.

    Each table is cut at a version of its own, `_entries` first: what it names was committed to the
    tables before, so a table looked at later may be ahead of it, as after a crash, never behind.
    """
    tables = [path for path in (folder / shop).glob("*") if (path / "_delta_log").is_dir()]
    tables.sort(key=lambda path: path.name != journal.FOLDER)
    cuts = [(table.name, found) for table in tables if (found := cut(table, through)) is not None]
    files = [path.relative_to(folder) for _, found in cuts for path in found.files]
    applied = next((found.offset for name, found in cuts if name == journal.FOLDER), 0)
    return FrozenArchive(tuple(files), applied)
