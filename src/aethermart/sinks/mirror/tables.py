"""The mirror's tables: their names, their columns, and the mirror's own bookkeeping.

`mirror.<shop>__<table>` has the source's columns and three of ours: `_position`, `_committed_at`,
`_offset`. It has no primary key: an index would cost more than the delete-and-insert it guards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict

import duckdb
import pyarrow as pa

from aethermart.core.entries import Column, TableSchema
from aethermart.core.errors import Terminal

OWN_COLUMNS = {"_position": "BIGINT", "_committed_at": "TIMESTAMPTZ", "_offset": "BIGINT"}

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
    "timestamp[us, tz=UTC]": "TIMESTAMPTZ",
    "time64[us]": "TIME",
}


class UnknownType(Terminal):
    """A column's type has no counterpart in the mirror."""


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def mirror_table(shop: str, table: str) -> str:
    """Qualified, quoted name of a captured table in the mirror."""
    return f"mirror.{quoted(f'{shop}__{table}')}"


def staging_table(shop: str, table: str) -> str:
    """Where a snapshot's rows wait for its end."""
    return f"mirror.{quoted(f'_staging_{shop}__{table}')}"


def duckdb_type(arrow_type: str) -> str:
    """`decimal128(12, 2)` becomes `DECIMAL(12, 2)`."""
    if arrow_type.startswith("decimal128"):
        return "DECIMAL" + arrow_type.removeprefix("decimal128")
    if arrow_type not in _SIMPLE_TYPES:
        raise UnknownType(
            f"the Arrow type {arrow_type!r} has no counterpart in the mirror",
            fix=f"let the source send one of {', '.join(_SIMPLE_TYPES)} or a decimal",
        )
    return _SIMPLE_TYPES[arrow_type]


def columns_of(schema: pa.Schema) -> tuple[Column, ...]:
    return tuple(Column(f.name, str(f.type), f.nullable) for f in schema)


def create_bookkeeping(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(_BOOKKEEPING)


def create_table(
    connection: duckdb.DuckDBPyConnection, qualified: str, columns: Iterable[Column]
) -> None:
    """Make the table where it is missing, and add the columns that it lacks."""
    wanted = {c.name: duckdb_type(c.type) for c in columns} | OWN_COLUMNS
    definitions = ", ".join(f"{quoted(name)} {kind}" for name, kind in wanted.items())
    connection.execute(f"CREATE TABLE IF NOT EXISTS {qualified} ({definitions})")
    present = {row[0] for row in connection.execute(f"DESCRIBE {qualified}").fetchall()}
    for name, kind in wanted.items():
        if name not in present:
            connection.execute(f"ALTER TABLE {qualified} ADD COLUMN {quoted(name)} {kind}")


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
    return {schema.table: (schema, error) for schema, error in map(_parse, rows)}


def _parse(row: tuple[str, str | None]) -> tuple[TableSchema, str | None]:
    record = json.loads(row[0])
    columns = tuple(Column(**column) for column in record["columns"])
    return TableSchema(record["table"], columns, tuple(record["key"])), row[1]
