"""Gather a consistent set of a running project's state in one folder, without stopping anything.

The order makes it consistent:

1. The platform database is seen at one moment (an exported snapshot; `pg_dump` sees the same). It
   says where each shop's log ends, and what its tail still has.
2. Chunk files that the tail names, then the archive. Both only grow, and what pruning or compaction
   takes away later is linked here at once. The archive is read *after* the database, so it reaches
   at least to where the tail begins (`prune` drops only what is archived). It would also reach
   past the moment, to entries that the restored log would number again: so it is cut at the log's
   end (`log/archive/frozen.py`). Log and archive together then have every entry exactly once.
3. The store is dumped last: it may have orders that the log lacks, which capture reads after the
   restore; the other way round orders would be lost.

Compare capture's memory must agree with the log's end exactly. It is copied just before the moment,
and all of it is tried again while the two disagree; if they never agree, that shop is read anew.
"""

from __future__ import annotations

import errno
import logging
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aethermart import wiring
from aethermart.capture.compare.position import ComparePosition
from aethermart.capture.compare.state import copy_state
from aethermart.core.entries import Position
from aethermart.core.errors import Unavailable
from aethermart.core.files import private_folder
from aethermart.log.archive.frozen import frozen_archive
from aethermart.log.parquet import disk_full_named
from aethermart.operations.backup.manifest import ShopState
from aethermart.operations.backup.moment import LogEnd, Moment, platform_moment
from aethermart.servers.dump import dump_database
from aethermart.settings.reading import FILE
from aethermart.settings.sections import EMBEDDED
from aethermart.wiring import Project

_log = logging.getLogger(__name__)
_TRIES = 6
_PAUSE_S = 0.5
_NO_LINK = (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS)
PLATFORM_DUMP, STORE_DUMP = "databases/platform.dump", "databases/store.dump"


@dataclass(frozen=True, slots=True)
class Staged:
    revision: str
    store: bool
    shops: Mapping[str, ShopState]


class _MovedOn(Exception):
    """The project moved on between two looks at it."""


def stage(project: Project, folder: Path, *, secrets: bool) -> Staged:
    """Put the set into `folder`, which is emptied first; the databases must run.

    Raises Unavailable, NotFound, DiskFull, DumpFailed.
    """
    moment, shops = _settled(project, folder)
    store = any(shop.dsn == EMBEDDED for shop in project.settings.shops.values())
    if store:
        server = project.embedded()
        assert server is not None  # noqa: S101 - a setting says embedded
        # The queue's rows name transactions of this server: another one's capture begins anew.
        dump_database(
            server.dsn(wiring.STORE_DATABASE),
            folder / STORE_DUMP,
            without_rows_of="aethermart_capture.change_queue",
        )
    with disk_full_named(folder):
        _copy(project.home, _own_files(project, secrets=secrets), folder)
    return Staged(moment.revision, store, shops)


def _settled(project: Project, folder: Path) -> tuple[Moment, dict[str, ShopState]]:
    for left in range(_TRIES - 1, -1, -1):
        shutil.rmtree(folder, ignore_errors=True)
        private_folder(folder / "databases")
        try:
            with disk_full_named(folder):
                return _log_and_archive(project, folder, patient=left > 0)
        except (_MovedOn, FileNotFoundError) as error:
            _log.info("backup: %s; once more", error)
            time.sleep(_PAUSE_S)
    raise Unavailable(
        f"{project.home} changed faster than it could be copied, {_TRIES} times",
        fix="try again; if it stays so, stop `aethermart serve` for the backup",
    )


def _log_and_archive(
    project: Project, folder: Path, *, patient: bool
) -> tuple[Moment, dict[str, ShopState]]:
    """patient  raise where a shop's memory disagrees with the log, instead of leaving it out"""
    remembered = {
        name: copy_state(project.compare_folder(name), folder / "state/compare" / name)
        for name in project.settings.shops
    }
    with platform_moment(project.platform_dsn()) as moment:
        disagreeing = {
            name
            for name, positions in remembered.items()
            if positions and not _agree(positions, moment.shops.get(name))
        }
        if disagreeing and patient:
            raise _MovedOn(f"capture of {', '.join(sorted(disagreeing))} was writing")
        for name in disagreeing:
            shutil.rmtree(folder / "state/compare" / name)
        _link(project.state, [Path("chunks", name) for name in moment.chunks], folder / "state")
        shops = {}
        for name, end in moment.shops.items():
            frozen = frozen_archive(project.state / "bronze", name, end.head)
            _require_whole(name, end, frozen.applied)
            files = [Path("bronze", path) for path in frozen.files]
            _link(project.state, files, folder / "state")
            shops[name] = ShopState(end.head, frozen.applied, anew=name in disagreeing)
        dump_database(project.platform_dsn(), folder / PLATFORM_DUMP, snapshot=moment.snapshot)
    return moment, shops


def _agree(positions: Iterable[str | None], end: LogEnd | None) -> bool:
    position = end.position if end is not None else None
    base = ComparePosition.parse(Position(position) if position is not None else None).base
    return base in positions


def _require_whole(shop: str, end: LogEnd, applied: int) -> None:
    first = end.first if end.first is not None else end.head + 1
    if applied < first - 1:
        raise _MovedOn(f"{shop}: the archive has {applied}, the tail begins at {first}")


def _own_files(project: Project, *, secrets: bool) -> list[Path]:
    """What the user wrote: settings, packs, and what they name that lies in the folder."""
    home, settings = project.home, project.settings
    named = [settings.reporting.rates, *(s.file for s in settings.shops.values())]
    named.append(settings.api.tls_certificate)
    if secrets:
        named.append(settings.api.tls_key)
    inside = [home / name for name in named if name and name != "shipped"]
    found = [home / FILE, home / "state/version.json", *inside, *(home / "packs").rglob("*")]
    if secrets:
        found += [home / ".env", *(home / "state/secrets").rglob("*")]
    return [
        path.relative_to(home)
        for path in found
        if path.is_file() and path.resolve().is_relative_to(home)
    ]


def _copy(base: Path, names: Iterable[Path], to: Path) -> None:
    for name in dict.fromkeys(names):
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(base / name, to / name)


def _link(base: Path, names: Iterable[Path], to: Path) -> None:
    """Files that never change: linked, so that nobody's deletion takes them; copied if it must be.

    Raises FileNotFoundError for one that is gone.
    """
    for name in names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        try:
            (to / name).hardlink_to(base / name)
        except OSError as error:
            if error.errno not in _NO_LINK:
                raise
            shutil.copyfile(base / name, to / name)
