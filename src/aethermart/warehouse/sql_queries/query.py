"""Run a hand-written query: checked, masked, within limits of time, memory and rows."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from aethermart.core.clock import lag_s
from aethermart.core.errors import BadInput
from aethermart.warehouse.masking import KEY_PARAMETER, LakeTable, Sight
from aethermart.warehouse.metrics.query import Quality, quarantined_rows
from aethermart.warehouse.metrics.shops import ShopAge, known_shops, oldest
from aethermart.warehouse.sql_queries.rewrite import rewrite
from aethermart.warehouse.tables.query import Cell, TableColumn, cell, wire_type

TIMEOUT_S = 10.0
MOST_ROWS = 10_000
MOST_CHARACTERS = 20_000
_MEMORY = "256MB"  # for sorts and groups; more goes to the disk
_MOST_BYTES = 8_000_000  # of an answer's texts


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """sql: as it was run. truncated: there were more rows than are here."""

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    row_count: int
    truncated: bool
    as_of: datetime | None
    lag_s: float | None
    shops: tuple[ShopAge, ...]
    quality: Quality
    sources: tuple[str, ...]
    masked: tuple[str, ...]
    sql: str
    elapsed_s: float


def run_query(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    tables: Mapping[str, LakeTable],
    sight: Sight,
    mask_key: str,
    limit: int,
    now: datetime,
) -> QueryAnswer:
    """At most `limit` rows of one SELECT over what `sight` leaves of the tables.

    connection  in a read transaction, with a deadline; its memory for intermediates is narrowed
    Raises BadInput for what is no SELECT or does not run, Forbidden for what may not be read.
    """
    if len(sql) > MOST_CHARACTERS:
        raise BadInput(
            f"the query has {len(sql)} characters", fix=f"write it in {MOST_CHARACTERS} at most"
        )
    started = time.monotonic()
    rewritten = rewrite(connection, sql, tables, sight)
    connection.execute(f"SET operator_memory_limit = '{_MEMORY}'")
    try:
        columns, rows, truncated = _run(connection, rewritten.sql, mask_key, limit)
    except (duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise
    except duckdb.Error as error:
        raise BadInput(f"the query does not run: {_said(error)}", fix="correct it") from error
    ages = tuple(shop.age for shop in known_shops(connection, None, now))
    as_of = oldest(ages)
    return QueryAnswer(
        columns=columns,
        rows=rows,
        row_count=len(rows),
        truncated=truncated,
        as_of=as_of,
        lag_s=None if as_of is None else lag_s(now, as_of),
        shops=ages,
        quality=Quality(quarantined_rows(connection, None)),
        sources=tuple(sorted(table.full_name for table in rewritten.tables)),
        masked=tuple(
            sorted(
                f"{t.full_name}.{column}" for t in rewritten.tables for column in t.masked(sight)
            )
        ),
        sql=rewritten.sql,
        elapsed_s=round(time.monotonic() - started, 4),
    )


def _run(
    connection: duckdb.DuckDBPyConnection, sql: str, mask_key: str, limit: int
) -> tuple[tuple[TableColumn, ...], tuple[tuple[Cell, ...], ...], bool]:
    bound = {KEY_PARAMETER: mask_key} if f"${KEY_PARAMETER}" in sql else {}
    reply = connection.execute(sql, bound)
    columns = tuple(TableColumn(str(c[0]), wire_type(str(c[1]))) for c in reply.description or ())
    rows: list[tuple[Cell, ...]] = []
    size = 0
    while batch := reply.fetchmany(500):
        for row in batch:
            if len(rows) == limit or size > _MOST_BYTES:
                return columns, tuple(rows), True
            cells = tuple(_cell(value) for value in row)
            size += sum(len(cell) for cell in cells if isinstance(cell, str))
            rows.append(cells)
    return columns, tuple(rows), False


def _said(error: duckdb.Error) -> str:
    """DuckDB's words without the text that was run, in which tables have other names."""
    return str(error).strip().splitlines()[0]


def _cell(value: object) -> Cell:
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.isoformat()
    if isinstance(value, Mapping | Sequence) and not isinstance(value, str | bytes):
        return json.dumps(value, default=_inner, ensure_ascii=False)
    return cell(value)


def _inner(value: Any) -> object:
    return str(_cell(value))
