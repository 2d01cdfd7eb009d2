"""Bring a database to our store's present schema.

Under `postgres/` and `mariadb/` lie the files: `schema/NNN_*.sql` are applied once, in order, and
never change afterwards; functions, procedures, triggers and views are created or replaced whenever
their file changed. What was applied stands in a ledger in the database.
"""

from __future__ import annotations

from pathlib import Path

from aethermart.store.mariadb.migration import applied_to_mariadb, apply_to_mariadb
from aethermart.store.mariadb.session import LEDGER, MariadbSession
from aethermart.store.postgres.migration import applied_to_postgres, apply_to_postgres
from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema_files import SchemaChanged, read_files
from aethermart.store.session import Kind, StoreSession

__all__ = ["SchemaChanged", "applied_files", "apply_schema", "sql_folder", "store_files"]

_REPLACEABLE: dict[Kind, tuple[str, ...]] = {
    "postgres": ("functions", "procedures", "triggers", "views"),
    "mariadb": (
        "functions",
        "procedures",
        "triggers",
        "views",
        "partitions",
        "security",
        "quality",
        "vector",
    ),
}


def sql_folder(kind: Kind) -> Path:
    return Path(__file__).parent / kind


def apply_schema(session: StoreSession, folder: Path | None = None) -> list[str]:
    """Apply what is new; return the names of the files applied. Any number of copies at once.

    On PostgreSQL all or nothing. MariaDB commits each statement that changes the schema: there a
    failing file leaves those before it, and what it did itself; the next call goes on with it, as
    every file runs twice without harm.

    folder  with the SQL of the session's database; None is this release's
    Raises SchemaChanged, having applied nothing, when a numbered file is not what was applied
    under its name, or the database has one that this release lacks; Unavailable.
    """
    files = read_files(folder or sql_folder(session.kind), _REPLACEABLE[session.kind])
    match session:
        case MariadbSession():
            return apply_to_mariadb(session, files)
        case PostgresSession():
            return apply_to_postgres(session, files)
    raise TypeError(session)


def applied_files(session: StoreSession) -> dict[str, str]:
    """Each file that was applied, with its hash; nothing where the database holds no store."""
    match session:
        case MariadbSession():
            return applied_to_mariadb(session)
        case PostgresSession():
            return applied_to_postgres(session)
    raise TypeError(session)


def store_files(kind: Kind) -> list[tuple[str, str]]:
    """Name and text of what this release applies, in its order."""
    files = read_files(sql_folder(kind), _REPLACEABLE[kind])
    return [(file.name, file.sql.decode()) for file in files]


def forget_files(session: StoreSession) -> None:
    """Nothing is applied any more; the ledger still says that the store was made by us."""
    ledger = "aethermart_store.schema_files" if session.kind == "postgres" else LEDGER
    with session.transaction():
        session.execute(f"DELETE FROM {ledger}")  # noqa: S608 - our own name
        session.execute(f"INSERT INTO {ledger} (file, sha256) VALUES ('made by us', '')")  # noqa: S608
