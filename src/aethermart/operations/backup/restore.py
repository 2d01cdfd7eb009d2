"""`backup restore`: a new project folder from a backup.

A folder is a project by its settings file, so that comes last: a restore that was killed leaves
none, and the next one into the same folder begins anew. Every file is checked against the manifest
before a database is made.

After it, capture reads each shop that was captured by its queue anew, because the queue gave up
what the platform had acknowledged after the backup. The mirror is not in a backup: `serve` replays
the log into a new one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import psycopg

from aethermart import wiring
from aethermart.core import failpoints
from aethermart.core.errors import BadInput, Conflict, DiskFull
from aethermart.core.files import private_folder
from aethermart.log.parquet import disk_full_named, sync_folder
from aethermart.operations.backup.manifest import (
    Manifest,
    NewerBackup,
    damaged,
    next_manifest,
    opened,
)
from aethermart.operations.backup.staging import PLATFORM_DUMP, STORE_DUMP
from aethermart.operations.progress import Progress, Say
from aethermart.platform_db.migrate import known_revision
from aethermart.servers.dump import load_database
from aethermart.servers.postgres import EmbeddedPostgres
from aethermart.settings.reading import FILE, read_settings

_UNPACKED = ".restoring"  # in the new folder: where files are until all of them are checked
_SYSTEMS = {"lost+found"}  # what the system puts into a new volume
_STATE = "state"

_READ_ANEW = """
INSERT INTO snapshot_requests (shop, table_name)
SELECT c.shop, c.table_name
FROM captured_tables AS c
JOIN log_heads AS h ON h.shop = c.shop
WHERE c.error IS NULL AND h.position LIKE '{"system":%'
ON CONFLICT DO NOTHING
"""


def verify_backup(path: Path) -> Manifest:
    """Read a backup through. Raises NotFound, DamagedBackup, NewerBackup."""
    with opened(path) as archive:
        manifest = next_manifest(path, archive)
        for _ in _checked(path, archive, manifest, None):
            pass
    return manifest


def restore_backup(path: Path, home: Path, *, say: Say | None = None) -> Manifest:
    """Make a project folder of a backup; nothing is started.

    Raises NotFound, DamagedBackup, NewerBackup, Conflict for a folder or database in use, DiskFull.
    """
    home = home.resolve()
    with opened(path) as archive:
        manifest = next_manifest(path, archive)
        _require_known(path, manifest)
        _require_empty(home)
        _require_space(home, manifest)
        with _nothing_left_on_failure(home):
            unpacked = private_folder(home / _UNPACKED)
            _tell(say, Progress("Unpacking and checking"))
            with disk_full_named(home):
                for _ in _checked(path, archive, manifest, unpacked):
                    pass
            for folder in filter(Path.is_dir, unpacked.rglob("*")):
                folder.chmod(0o700)
            failpoints.reached("restore.verified")
            if (unpacked / _STATE).exists():
                (unpacked / _STATE).rename(home / _STATE)
            private_folder(home / _STATE)
            _tell(say, Progress("Loading the databases"))
            _load(home, unpacked, manifest)
            failpoints.reached("restore.loaded")
            names = [p.name for p in unpacked.iterdir() if p.name not in (FILE, "databases")]
            for name in [*names, FILE]:
                (unpacked / name).rename(home / name)
    sync_folder(home)
    shutil.rmtree(unpacked)
    return manifest


@contextmanager
def _nothing_left_on_failure(home: Path) -> Iterator[None]:
    there = home.exists()
    try:
        yield
    except BaseException:
        _clear(home)
        if not there:
            with suppress(OSError):
                home.rmdir()
        raise


def _require_known(path: Path, manifest: Manifest) -> None:
    if not known_revision(manifest.revision):
        raise NewerBackup(
            f"{path} was made by release {manifest.release}: its database schema"
            f" {manifest.revision} is not known to this one",
            fix=f"restore it with aethermart {manifest.release} or newer",
        )


def _require_empty(home: Path) -> None:
    """Also what an interrupted restore left is taken away: nothing else can be in there."""
    if home.exists() and not home.is_dir():
        raise BadInput(f"{home} is a file", fix="name a new folder with --home")
    found = {p.name for p in home.iterdir()} - _SYSTEMS if home.exists() else set()
    if found and (_UNPACKED not in found or FILE in found):
        raise Conflict(
            f"{home} is not empty: it has {', '.join(sorted(found)[:3])}",
            fix="name a new folder with --home; an old project is moved away, not written over",
        )
    if found:
        _clear(home)


def _clear(home: Path) -> None:
    """Take away what a restore put there; `.restoring` last, for it says whose the rest is."""
    found = {p.name for p in home.iterdir()} - _SYSTEMS - {_UNPACKED}
    for path in (home / name for name in [*sorted(found), _UNPACKED]):
        if path.name == _STATE:
            EmbeddedPostgres(path / "postgres").destroy()
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _require_space(home: Path, manifest: Manifest) -> None:
    there = next(p for p in (home, *home.parents) if p.exists())
    needed, free = sum(f.size for f in manifest.files.values()), shutil.disk_usage(there).free
    if free < needed:
        raise DiskFull(
            f"the backup unpacks to {needed >> 20} MB and {there} has {free >> 20} MB free",
            fix="make room there, or name a folder on another disk",
        )


def _checked(
    path: Path, archive: tarfile.TarFile, manifest: Manifest, to: Path | None
) -> Iterator[str]:
    """Each file of the backup, read to its end, written under `to` where one is given."""
    seen = set()
    try:
        while (member := archive.next()) is not None:
            file = archive.extractfile(member)
            told = manifest.files.get(member.name)
            if file is None or told is None or not _inside(member.name):
                raise damaged(path, f"{member.name} is not in its manifest")
            digest = hashlib.sha256()
            with _target(to, member.name) as target:
                while block := file.read(1 << 20):
                    digest.update(block)
                    target.write(block)
            if digest.hexdigest() != told.sha256:
                raise damaged(path, f"{member.name} has another SHA-256 than its manifest says")
            seen.add(member.name)
            yield member.name
    except tarfile.TarError as error:
        raise damaged(path, str(error)) from error
    missing = sorted(manifest.files.keys() - seen)
    if missing:
        raise damaged(path, f"{len(missing)} files are missing, {missing[0]} first")


def _inside(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and not name.startswith("/") and ".." not in parts


@contextmanager
def _target(to: Path | None, name: str) -> Iterator[BinaryIO]:
    if to is None:
        with Path(os.devnull).open("wb") as nowhere:
            yield nowhere
        return
    (to / name).parent.mkdir(parents=True, exist_ok=True)
    with (to / name).open("xb") as file:
        yield file
    (to / name).chmod(0o600)


def _load(home: Path, unpacked: Path, manifest: Manifest) -> None:
    server = EmbeddedPostgres(home / _STATE / "postgres")
    if manifest.platform_embedded or manifest.store:
        server.start()
    try:
        if manifest.store:
            server.create_database(wiring.STORE_DATABASE)
            load_database(server.dsn(wiring.STORE_DATABASE), unpacked / STORE_DUMP)
        if manifest.platform_embedded:
            server.create_database(wiring.PLATFORM_DATABASE)
            dsn = server.dsn(wiring.PLATFORM_DATABASE)
        else:
            dsn = read_settings(unpacked).platform.dsn
            _require_no_tables(dsn)
        load_database(dsn, unpacked / PLATFORM_DUMP)
        with psycopg.connect(dsn) as connection:
            connection.execute(_READ_ANEW)
            # Signs of life of processes that are not here, and of sinks that begin anew.
            connection.execute("DELETE FROM workers")
            connection.execute("DELETE FROM sink_offsets WHERE sink <> 'archive'")
    finally:
        if manifest.platform_embedded or manifest.store:
            server.stop()


def _require_no_tables(dsn: str) -> None:
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        row = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
    if row is not None and row[0] is not None:
        raise Conflict(
            "the database of `platform.dsn` has a platform's tables already",
            fix="let `platform.dsn` name an empty database, or drop that one and make it anew",
        )


def _tell(say: Say | None, progress: Progress) -> None:
    if say is not None:
        say(progress)
