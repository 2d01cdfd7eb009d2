"""`backup create`: gather the set, write it under a temporary name, sync, rename.

A backup is therefore whole or not there. What a killed one left is removed by the next one.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from aethermart import __version__
from aethermart.core import failpoints
from aethermart.core.clock import Clock, utc_now
from aethermart.core.errors import BadInput, DiskFull
from aethermart.core.files import only_one, private_folder, write_whole
from aethermart.log.parquet import disk_full_named, sync_folder
from aethermart.operations.backup.manifest import (
    DIGEST,
    FORMAT,
    MANIFEST,
    FileDigest,
    Manifest,
    digest_of,
)
from aethermart.operations.backup.staging import Staged, stage
from aethermart.operations.progress import Progress, Say
from aethermart.operations.servers import servers_running
from aethermart.settings.sections import EMBEDDED
from aethermart.wiring import Project

LAST = "last_backup.json"  # under state/: what `doctor` looks at
_UNFINISHED = ".unfinished"
_NAME = re.compile(r"aethermart-\d{8}T\d{6}\.\d{6}Z\.tar")
_RESERVE_BYTES = 50 * 2**20


@dataclass(frozen=True, slots=True)
class Made:
    path: Path
    size: int
    manifest: Manifest


def create_backup(
    project: Project,
    destination: Path | None = None,
    *,
    secrets: bool = False,
    say: Say | None = None,
    clock: Clock = utc_now,
) -> Made:
    """Write a backup of the project, which may be running.

    destination  a file, or a folder; `[backup] folder` where absent
    secrets      .env and state/secrets go into it, too
    Raises Conflict beside another backup, BadInput for a file that exists, DiskFull, Unavailable.
    """
    made_at = clock()
    path = _path(project, destination, made_at)
    staging = project.state / ".backup"
    with (
        only_one(project.state / "backup.lock", "`aethermart backup create`"),
        servers_running(project, prepare=False, migrated=False),
    ):
        try:
            _tell(say, Progress("Gathering the state"))
            staged = stage(project, staging, secrets=secrets)
            failpoints.reached("backup.staged")
            _tell(say, Progress("Writing the archive"))
            manifest = _manifest(project, staged, staging, made_at, secrets=secrets)
            _write(path, manifest, staging)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
        size = path.stat().st_size
        last = {"path": str(path), "made_at": made_at.isoformat(), "size": size}
        write_whole(project.state / LAST, json.dumps(last), mode=0o600)
        if destination is None:
            _forget_old(path.parent, project.settings.backup.keep)
    return Made(path, size, manifest)


def _path(project: Project, destination: Path | None, made_at: datetime) -> Path:
    name = f"aethermart-{made_at:%Y%m%dT%H%M%S.%fZ}.tar"
    if destination is None:
        destination = project.home / project.settings.backup.folder
        if not destination.is_dir():  # a folder that somebody else made keeps its rights
            private_folder(destination)
    path = destination.resolve() / name if destination.is_dir() else destination.resolve()
    if path.exists():
        raise BadInput(f"{path} exists", fix="name another file, or a folder")
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}", fix="make it, or name another one")
    if path.is_relative_to(project.state):
        raise BadInput(
            f"{path} lies in the state that it is a backup of",
            fix="name a place outside of it, best on another disk",
        )
    return path


def _manifest(
    project: Project, staged: Staged, staging: Path, made_at: datetime, *, secrets: bool
) -> Manifest:
    return Manifest(
        format=FORMAT,
        release=__version__,
        made_at=made_at,
        revision=staged.revision,
        platform_embedded=project.settings.platform.dsn == EMBEDDED,
        store=staged.store,
        secrets=secrets,
        shops=staged.shops,
        files=dict(_digests(staging)),
    )


def _digests(folder: Path) -> Iterator[tuple[str, FileDigest]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                digest = digest_of(file)
            yield path.relative_to(folder).as_posix(), FileDigest(path.stat().st_size, digest)


def _write(path: Path, manifest: Manifest, staging: Path) -> None:
    for left in path.parent.glob(f".{path.stem.partition('-')[0]}*{_UNFINISHED}"):
        left.unlink(missing_ok=True)  # of a backup that was killed: the lock says that none runs
    _require_space(path.parent, manifest.files)
    unfinished = path.with_name(f".{path.name}{_UNFINISHED}")
    try:
        with disk_full_named(path.parent):
            descriptor = os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w+b") as file:
                with tarfile.open(fileobj=file, mode="w:", format=tarfile.PAX_FORMAT) as archive:
                    text = manifest.to_json()
                    digest = sha256(text).hexdigest().encode()
                    for name, words in ((MANIFEST, text), (DIGEST, digest)):
                        archive.addfile(_member(name, len(words)), io.BytesIO(words))
                    for name, told in manifest.files.items():
                        with (staging / name).open("rb") as content:
                            archive.addfile(_member(name, told.size), content)
                file.flush()
                os.fsync(file.fileno())
            failpoints.reached("backup.written")
            unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _member(name: str, size: int) -> tarfile.TarInfo:
    """A regular file, also where two names in the set share one on the disk."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _require_space(folder: Path, files: Mapping[str, FileDigest]) -> None:
    needed = sum(file.size for file in files.values())
    free = shutil.disk_usage(folder).free
    if free < needed + _RESERVE_BYTES:
        raise DiskFull(
            f"the backup takes {needed >> 20} MB and {folder} has {free >> 20} MB free",
            fix="make room there, or name another place: `aethermart backup create DEST`",
        )


def _forget_old(folder: Path, keep: int) -> None:
    """Of the backups in the project's own folder only the newest `keep` stay; 0 keeps all."""
    made = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    for path in made[:-keep] if keep else []:
        path.unlink()


def _tell(say: Say | None, progress: Progress) -> None:
    if say is not None:
        say(progress)
