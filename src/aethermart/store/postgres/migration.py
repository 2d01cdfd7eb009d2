"""The schema's files applied to PostgreSQL, in one transaction.

The ledger is `aethermart_store.schema_files`, outside the shop's own schema.
"""

from __future__ import annotations

from collections.abc import Sequence

from aethermart.store.postgres.session import PostgresSession
from aethermart.store.schema_files import SchemaFile, to_apply

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


def apply_to_postgres(session: PostgresSession, files: Sequence[SchemaFile]) -> list[str]:
    """All or nothing; returns the names of the files applied. Raises SchemaChanged."""
    connection = session.connection
    with session.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        connection.execute(_MAKE_LEDGER)
        new = to_apply(files, applied_to_postgres(session))
        # Else a schema named as the user, which comes first on the default path, would take it all.
        connection.execute("SET LOCAL search_path = public")
        # Functions may name each other in any order.
        connection.execute("SET LOCAL check_function_bodies = off")
        for file in new:
            connection.execute(file.sql)
            connection.execute(_RECORD, [file.name, file.sha256])
    return [file.name for file in new]


def applied_to_postgres(session: PostgresSession) -> dict[str, str]:
    """Each file's hash; nothing where no schema was ever applied."""
    if session.rows("SELECT to_regclass('aethermart_store.schema_files')::text") == [(None,)]:
        return {}
    return dict(session.rows("SELECT file, sha256 FROM aethermart_store.schema_files"))
