"""The store's SQL as files: which there are, which were applied, and what may not have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aethermart.core.errors import Terminal


class SchemaChanged(Terminal):
    """The database and this release disagree on what was applied before."""


@dataclass(frozen=True, slots=True)
class SchemaFile:
    name: str  # folder/file.sql
    sql: bytes

    @property
    def numbered(self) -> bool:
        return self.name.startswith("schema/")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql).hexdigest()


def read_files(folder: Path, replaceable: Sequence[str]) -> list[SchemaFile]:
    """Numbered files first, then the others by kind and name."""
    paths = [
        path for kind in ("schema", *replaceable) for path in sorted((folder / kind).glob("*.sql"))
    ]
    return [SchemaFile(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]


def to_apply(files: Sequence[SchemaFile], applied: Mapping[str, str]) -> list[SchemaFile]:
    """What is new or, where it may be, changed; `applied` is each file's hash.

    Raises SchemaChanged when a numbered file is not what was applied under its name, or the
    database has one that this release lacks.
    """
    known = {file.name for file in files}
    for name in sorted(applied):
        if name.startswith("schema/") and name not in known:
            raise SchemaChanged(
                f"the store was made by another release: it has {name}, which this one lacks",
                fix="use the release that made it, or a newer one",
            )
    for file in files:
        if file.numbered and applied.get(file.name, file.sha256) != file.sha256:
            raise SchemaChanged(
                f"{file.name} was changed after it had been applied",
                fix="restore the file and put the change into a new numbered one",
            )
    return [file for file in files if applied.get(file.name) != file.sha256]
