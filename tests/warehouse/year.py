"""A made-up year in a lake, and the same rows as the store itself gives them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from aethermart.packs.pack import SourceTable
from tests.warehouse.lake import Lake

Row = dict[str, Any]


@dataclass(frozen=True)
class Year:
    """rows: table -> the store's rows, untouched by any SQL of ours."""

    lake: Lake
    rows: dict[str, list[Row]]


def copy_store(dsn: str, lake: Lake, scratch: Path) -> dict[str, list[Row]]:
    """Every table of the store into the mirror of shop `aethermart`; returns the rows."""
    found: dict[str, list[Row]] = {}
    with psycopg.connect(dsn, row_factory=dict_row) as connection:
        for table in lake.shops[0].pack.tables.values():
            query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table.name))
            found[table.name] = connection.execute(query).fetchall()
            _copy(connection, lake.connection, table, scratch / f"{table.name}.csv")
    lake.applied(whole=True)
    return found


def _copy(
    store: psycopg.Connection[Any], lake: duckdb.DuckDBPyConnection, table: SourceTable, file: Path
) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    statement = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv)").format(
        names, sql.Identifier(table.name)
    )
    with store.cursor() as cursor, cursor.copy(statement) as copy, file.open("wb") as out:
        for block in copy:
            out.write(block)
    columns = {name: kind.duckdb for name, kind in table.columns.items()}
    listed = ", ".join(f'"{name}"' for name in columns)
    lake.execute(
        f"INSERT INTO mirror.aethermart__{table.name} ({listed}, _position, _committed_at, _offset)"
        f" SELECT {listed}, 1, now(), 1 FROM read_csv(?, header = false, columns = {columns})",
        [str(file)],
    )
