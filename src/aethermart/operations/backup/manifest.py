"""What a backup says of itself: the first member of its file, with the SHA-256 of all others.

Its own digest is the second member. A file that was cut short or changed does not pass.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from aethermart.core.errors import NotFound, Terminal

FORMAT = 1
MANIFEST, DIGEST = "manifest.json", "manifest.sha256"
_LARGEST = 1 << 28  # a manifest of two million files


class DamagedBackup(Terminal):
    """The file is no backup, or not as it was written."""


class NewerBackup(Terminal):
    """A later release made the backup."""


@dataclass(frozen=True, slots=True)
class FileDigest:
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ShopState:
    """head      last offset of the shop's log
    archived  last offset that the archive holds; the tail has every one from there to the head
    anew      the shop is read anew after a restore, though its capture mode could go on elsewhere
    """

    head: int
    archived: int
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """revision  of the platform database's schema
    store     the store that the project runs itself is in it
    """

    format: int
    release: str
    made_at: datetime
    revision: str
    platform_embedded: bool
    store: bool
    secrets: bool
    shops: Mapping[str, ShopState]
    files: Mapping[str, FileDigest]

    def to_json(self) -> bytes:
        record = {**asdict(self), "made_at": self.made_at.isoformat()}
        return json.dumps(record, indent=1).encode()

    @classmethod
    def parse(cls, path: Path, text: bytes) -> Manifest:
        """Raises DamagedBackup, NewerBackup."""
        try:
            record: dict[str, Any] = json.loads(text)
            if record["format"] > FORMAT:
                raise NewerBackup(
                    f"{path} has format {record['format']}, of release {record['release']};"
                    f" this release reads {FORMAT}",
                    fix=f"restore it with aethermart {record['release']} or newer",
                )
            shops = {name: ShopState(**state) for name, state in record.pop("shops").items()}
            files = {name: FileDigest(**told) for name, told in record.pop("files").items()}
            made_at = datetime.fromisoformat(record.pop("made_at"))
            return cls(made_at=made_at, shops=shops, files=files, **record)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise damaged(path, f"its manifest cannot be read: {error!r}") from error


def read_manifest(path: Path) -> Manifest:
    """The manifest alone. Raises NotFound, DamagedBackup, NewerBackup."""
    with opened(path) as archive:
        return next_manifest(path, archive)


def next_manifest(path: Path, archive: tarfile.TarFile) -> Manifest:
    """The manifest at the beginning of an open backup, checked by its own digest."""
    told = [_member(path, archive, name) for name in (MANIFEST, DIGEST)]
    if hashlib.sha256(told[0]).hexdigest().encode() != told[1].strip():
        raise damaged(path, "its manifest is not the one that was written")
    return Manifest.parse(path, told[0])


def opened(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, "r:")
    except FileNotFoundError as error:
        raise NotFound(f"there is no file {path}", fix="name a file of `backup create`") from error
    except (tarfile.TarError, IsADirectoryError) as error:
        raise damaged(path, f"it is no tar archive: {error}") from error


def digest_of(file: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def damaged(path: Path, why: str) -> DamagedBackup:
    return DamagedBackup(
        f"{path} is damaged or no backup of aethermart: {why}",
        fix="take another backup file, or a copy of this one from where it was kept",
    )


def _member(path: Path, archive: tarfile.TarFile, name: str) -> bytes:
    try:
        member = archive.next()
        file = archive.extractfile(member) if member is not None else None
    except tarfile.TarError as error:
        raise damaged(path, str(error)) from error
    if member is None or file is None or member.name != name or member.size > _LARGEST:
        raise damaged(path, f"{name} is missing")
    return file.read()
