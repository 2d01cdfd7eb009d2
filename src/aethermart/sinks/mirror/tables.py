"""The mirror's tables: their names, their columns, and the mirror's own bookkeeping.

`mirror.<shop>__<table>` has the source's columns and three of ours: `_position`, `_committed_at`,
`_offset`. It has no primary key: an index would cost more than the delete-and-insert it guards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache

import duckdb

from aethermart.core.entries import META, Column, TableSchema

MIRROR_FORMAT = 1  # raise it when an older mirror cannot be read on: `upgrade` then replays the log

# Names as `mirror_table` writes them; to DuckDB capitals make no difference.
_EXISTS = """
SELECT table_name
FROM duckdb_tables()
WHERE schema_name = 'mirror'
  AND lower('mirror."' || replace(table_name, '"', '""') || '"') = lower(?)
"""
_INSTANT = "TIMESTAMP WITH TIME ZONE"
OWN_COLUMNS = {"_position": "BIGINT", "_committed_at": _INSTANT, "_offset": "BIGINT"}
_RESERVED = {*OWN_COLUMNS, *META.names}

_BOOKKEEPING = """
CREATE SCHEMA IF NOT EXISTS mirror;
CREATE TABLE IF NOT EXISTS mirror._offsets (
    shop VARCHAR, log_offset BIGINT, as_of TIMESTAMPTZ, committed_at TIMESTAMPTZ,
    applied_at TIMESTAMPTZ
);
CREATE TABLE IF NOT EXISTS mirror._tables (
    shop VARCHAR, table_name VARCHAR, schema_json VARCHAR, error VARCHAR
);
CREATE TABLE IF NOT EXISTS mirror._snapshots (
    shop VARCHAR, snapshot VARCHAR, table_name VARCHAR
);
"""

_SIMPLE_TYPES = {
    "int64": "BIGINT",
    "string": "VARCHAR",
    "large_string": "VARCHAR",
    "bool": "BOOLEAN",
    "double": "DOUBLE",
    "date32[day]": "DATE",
    "binary": "BLOB",
    "timestamp[us, tz=UTC]": _INSTANT,
    "time64[us]": "TIME",
}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def mirror_table(shop: str, table: str) -> str:
    """Qualified, quoted name of a captured table in the mirror."""
    return f"mirror.{quoted(f'{shop}__{table}')}"


def staging_table(shop: str, table: str) -> str:
    """Where a snapshot's rows wait for its end."""
    return f"mirror.{quoted(f'_staging_{shop}__{table}')}"


def duckdb_type(arrow_type: str) -> str | None:
    """`decimal128(12, 2)` becomes `DECIMAL(12,2)`; None where the mirror has no such type.

    Spelt as DuckDB describes it.
    """
    if arrow_type.startswith("decimal128"):
        return "DECIMAL" + arrow_type.removeprefix("decimal128").replace(" ", "")
    return _SIMPLE_TYPES.get(arrow_type)


def fault_of(schema: TableSchema) -> str | None:
    """Why the mirror cannot have such a table; None when it can."""
    if not schema.key:
        return f"{schema.table} has no key"
    unknown = [c for c in schema.columns if duckdb_type(c.type) is None]
    if unknown:
        return f"{unknown[0].name} is {unknown[0].type}, which the mirror cannot hold"
    names = [c.name.lower() for c in schema.columns]
    twice = [name for name in names if names.count(name) > 1 or name in _RESERVED]
    if twice:
        return f"more than one column would be named {twice[0]}, capitals aside"
    return None


def create_bookkeeping(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(_BOOKKEEPING)


def exists(connection: duckdb.DuckDBPyConnection, qualified: str) -> bool:
    """Asked of the catalogue: to try the table and fail would abort the transaction."""
    return bool(connection.execute(_EXISTS, [qualified]).fetchall())


def create_table(
    connection: duckdb.DuckDBPyConnection, qualified: str, columns: Iterable[Column]
) -> None:
    """Make the table anew, empty."""
    definitions = ", ".join(f"{quoted(name)} {kind}" for name, kind in _types(columns).items())
    connection.execute(f"CREATE OR REPLACE TABLE {qualified} ({definitions})")


def fit_table(
    connection: duckdb.DuckDBPyConnection, qualified: str, columns: Iterable[Column]
) -> str | None:
    """Make the table where it is missing, and add the columns that it lacks.

    Returns why it cannot take such rows: a column of another type. An empty table is made anew.
    """
    if not exists(connection, qualified):
        create_table(connection, qualified, columns)
        return None
    described = connection.execute(f"DESCRIBE {qualified}").fetchall()
    present = {name.lower(): kind for name, kind, *_ in described}
    wanted = _types(columns)
    for name, kind in wanted.items():
        has = present.get(name.lower())
        if has is None:
            connection.execute(f"ALTER TABLE {qualified} ADD COLUMN {quoted(name)} {kind}")
        elif has != kind:
            if connection.execute(f"SELECT 1 FROM {qualified} LIMIT 1").fetchall():
                return f"{name} was {has} and is {kind} now: the table waits for a snapshot"
            create_table(connection, qualified, columns)
            return None
    return None


def _types(columns: Iterable[Column]) -> dict[str, str]:
    """Column names and DuckDB types, ours included; `fault_of` found nothing."""
    return {c.name: duckdb_type(c.type) or "VARCHAR" for c in columns} | OWN_COLUMNS


def save_schema(
    connection: duckdb.DuckDBPyConnection, shop: str, schema: TableSchema, error: str | None
) -> None:
    connection.execute(
        "DELETE FROM mirror._tables WHERE shop = ? AND table_name = ?", [shop, schema.table]
    )
    connection.execute(
        "INSERT INTO mirror._tables VALUES (?, ?, ?, ?)",
        [shop, schema.table, json.dumps(asdict(schema)), error],
    )


def load_schemas(
    connection: duckdb.DuckDBPyConnection, shop: str
) -> dict[str, tuple[TableSchema, str | None]]:
    """Every known table of a shop: its schema, and why it is stopped (None while it runs)."""
    rows = connection.execute(
        "SELECT schema_json, error FROM mirror._tables WHERE shop = ?", [shop]
    ).fetchall()
    return {(schema := _parsed(text)).table: (schema, error) for text, error in rows}


def stopped_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    """Tables of any shop that are stopped: shop, table, reason."""
    return connection.execute(
        "SELECT shop, table_name, error FROM mirror._tables"
        " WHERE error IS NOT NULL ORDER BY shop, table_name"
    ).fetchall()


@lru_cache(maxsize=1024)  # read in every transaction, and seldom another
def _parsed(text: str) -> TableSchema:
    record = json.loads(text)
    columns = tuple(Column(**column) for column in record["columns"])
    return TableSchema(record["table"], columns, tuple(record["key"]))
