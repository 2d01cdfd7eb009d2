"""Bring a PostgreSQL database to our store's present schema.

`postgres/schema/NNN_*.sql` are applied once, in order, and never change afterwards; functions,
procedures, triggers and views are created or replaced whenever their file changed. What was applied
stands in `aethermart_store.schema_files`, outside the shop's own schema.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import psycopg

from aethermart.core.errors import Terminal

_SQL = Path(__file__).parent / "postgres"
_REPLACEABLE = ("functions", "procedures", "triggers", "views")
_LOCK = 0x6165746865  # an advisory lock's number, any will do: two copies may apply at once

_MAKE_LEDGER = """
CREATE SCHEMA IF NOT EXISTS aethermart_store;
CREATE TABLE IF NOT EXISTS aethermart_store.schema_files (
    file       text PRIMARY KEY,
    sha256     text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_RECORD = """
INSERT INTO aethermart_store.schema_files (file, sha256) VALUES (%s, %s)
ON CONFLICT (file) DO UPDATE SET sha256 = excluded.sha256, applied_at = now()
"""


class SchemaChanged(Terminal):
    """The database and this release disagree on what was applied before."""


@dataclass(frozen=True, slots=True)
class _File:
    name: str  # folder/file.sql
    sql: bytes

    @property
    def numbered(self) -> bool:
        return self.name.startswith("schema/")

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql).hexdigest()


def apply_schema(connection: psycopg.Connection, folder: Path = _SQL) -> list[str]:
    """Apply what is new, all or nothing; return the names of the files applied.

    Raises SchemaChanged, having applied nothing, when a numbered file is not what was applied
    under its name, or the database has one that this release lacks.
    """
    files = _read(folder)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute(_MAKE_LEDGER)
        applied = dict[str, str](
            connection.execute("SELECT file, sha256 FROM aethermart_store.schema_files").fetchall()
        )
        _check(files, applied)
        # Else a schema named as the user, which comes first on the default path, would take it all.
        connection.execute("SET LOCAL search_path = public")
        # Functions may name each other in any order.
        connection.execute("SET LOCAL check_function_bodies = off")
        new = [file for file in files if applied.get(file.name) != file.sha256]
        for file in new:
            connection.execute(file.sql)
            connection.execute(_RECORD, [file.name, file.sha256])
    return [file.name for file in new]


def _read(folder: Path) -> list[_File]:
    """Numbered files first, then the others by kind and name."""
    paths = [
        path for kind in ("schema", *_REPLACEABLE) for path in sorted((folder / kind).glob("*.sql"))
    ]
    return [_File(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths]


def _check(files: list[_File], applied: dict[str, str]) -> None:
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
