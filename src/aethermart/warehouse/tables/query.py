"""Read a page of one gold table, in an order that no two rows share.

Names of tables and columns come from tables.toml alone; what a caller sends is looked up there or
bound as a value. The next page begins after the last row by its values, not by its number: rows
that come in between are neither shown twice nor push others out of sight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import duckdb

from aethermart.core.clock import lag_s
from aethermart.core.errors import BadInput
from aethermart.warehouse.metrics.query import Quality, quarantined_rows
from aethermart.warehouse.metrics.shops import Bound, ShopAge, known_shops, oldest
from aethermart.warehouse.tables import cursor
from aethermart.warehouse.tables.declared import ReadableTable, list_tables, table_named

__all__ = ["TableAsked", "TablePage", "list_tables", "query_table"]

MOST_ROWS = 5000
Cell = str | int | bool | None
_TYPES = {
    "VARCHAR": "text",
    "BIGINT": "integer",
    "INTEGER": "integer",
    "HUGEINT": "integer",
    "SMALLINT": "integer",
    "TINYINT": "integer",
    "UBIGINT": "integer",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "instant",
}


@dataclass(frozen=True, slots=True)
class TableAsked:
    """shop   None takes every shop
    where  column -> the value it equals
    sort   a column, falling with a minus before it; None takes the key's own order
    since  included, until excluded: on the table's own time; a date is one of each shop's calendar
    limit  1 to MOST_ROWS
    """

    shop: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    sort: str | None = None
    since: Bound = None
    until: Bound = None
    limit: int = 100
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class TableColumn:
    """type: text, integer, boolean, date, instant, or decimal(18,2)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class TablePage:
    """next_cursor: None on the last page. as_of and lag_s as in a metric's answer."""

    table: str
    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    next_cursor: str | None
    as_of: datetime | None
    lag_s: float | None
    shops: tuple[ShopAge, ...]
    quality: Quality
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableSource:
    """A table and the SELECT that stands for its rows: what the asker may see of them.

    bound  values of the SELECT's own parameters
    """

    table: ReadableTable
    sql: str
    bound: Mapping[str, object] = field(default_factory=dict)


def query_table(
    connection: duckdb.DuckDBPyConnection, name: str, asked: TableAsked, now: datetime
) -> TablePage:
    """A page of a table that tables.toml declares, with nothing masked.

    Raises NotFound for a table or shop, BadInput for a column, value, cursor or bound.
    """
    table = table_named(name)
    return query_rows(
        connection, TableSource(table, f"SELECT * FROM gold.{table.name}"), asked, now
    )


def query_rows(
    connection: duckdb.DuckDBPyConnection, source: TableSource, asked: TableAsked, now: datetime
) -> TablePage:
    """Raises NotFound for a shop, BadInput for a column, value, cursor or bound."""
    table = source.table
    if not 1 <= asked.limit <= MOST_ROWS:
        raise BadInput(f"limit {asked.limit} is out of range", fix=f"use 1 to {MOST_ROWS}")
    ages = tuple(each.age for each in known_shops(connection, asked.shop, now))
    as_of = oldest(ages)
    types = _types(connection, source)
    for column, value in asked.where.items():
        table.check_column(column)
        _check_value(connection, column, value, types)
    conditions, values = _conditions(table, asked, types)
    values |= source.bound
    order = _order(table, asked.sort)
    if asked.cursor is not None:
        last = cursor.read(asked.cursor, asked.sort or "", len(order))
        for (column, _), at in zip(order, last, strict=True):
            _check_value(connection, column, at, types)
        conditions.append(_after(order, last, types, values))
    sorting = ", ".join(f"t.{column} {way} NULLS LAST" for column, way in order)
    sql = (
        f"SELECT {', '.join(_shown(table, column) for column in table.columns)}, "
        f"{', '.join(f't.{column}' for column, _ in order)} "
        f"FROM ({source.sql}) AS t WHERE {' AND '.join(conditions) or 'TRUE'} "
        f"ORDER BY {sorting} LIMIT {asked.limit + 1}"
    )
    reply = connection.execute(sql, values)
    shown_types = [str(each[1]) for each in reply.description or ()]
    found = reply.fetchall()
    page, width = found[: asked.limit], len(table.columns)
    return TablePage(
        table=table.name,
        columns=tuple(
            TableColumn(column, wire_type(kind))
            for column, kind in zip(table.columns, shown_types, strict=False)
        ),
        rows=tuple(tuple(_cell(value) for value in row[:width]) for row in page),
        next_cursor=(
            cursor.write(asked.sort or "", page[-1][width:]) if len(found) > len(page) else None
        ),
        as_of=as_of,
        lag_s=None if as_of is None else lag_s(now, as_of),
        shops=ages,
        quality=Quality(quarantined_rows(connection, asked.shop)),
        sources=(f"{table.schema}.{table.name}",),
    )


def _types(connection: duckdb.DuckDBPyConnection, source: TableSource) -> dict[str, str]:
    names = (*source.table.columns, *source.table.key)
    columns = ", ".join(f"t.{column}" for column in names)
    reply = connection.execute(f"SELECT {columns} FROM ({source.sql}) AS t LIMIT 0", source.bound)
    described = reply.description or ()
    return {column: str(each[1]) for column, each in zip(names, described, strict=True)}


def _check_value(
    connection: duckdb.DuckDBPyConnection,
    column: str,
    value: str | None,
    types: Mapping[str, str],
) -> None:
    """Asked apart: over a table without rows DuckDB would not look at the value."""
    try:
        connection.execute(f"SELECT CAST($value AS {types[column]})", {"value": value})
    except duckdb.ConversionException as error:
        raise BadInput(
            f"{column} cannot be {value!r}: it is {wire_type(types[column])}",
            fix="pass a value of the column's type",
        ) from error


def _shown(table: ReadableTable, column: str) -> str:
    return f"ROUND(t.{column}, 1)" if column in table.coarse else f"t.{column}"


def _conditions(
    table: ReadableTable, asked: TableAsked, types: Mapping[str, str]
) -> tuple[list[str], dict[str, object]]:
    conditions: list[str] = []
    values: dict[str, object] = {}
    if asked.shop is not None:
        conditions.append("t.shop = $shop")
        values["shop"] = asked.shop
    for number, (column, value) in enumerate(asked.where.items()):
        if column in table.coarse:
            raise BadInput(
                f"{table.name} cannot be asked by {column!r}: it is shown coarsely",
                fix="ask by another column",
            )
        conditions.append(f"t.{column} = CAST($where{number} AS {types[column]})")
        values[f"where{number}"] = value
    for name, bound, comparison in (("since", asked.since, ">="), ("until", asked.until, "<")):
        if bound is None:
            continue
        if table.time is None:
            raise BadInput(f"{table.name} has no time to bound", fix="leave out `from` and `to`")
        dated = types[table.time] == "DATE"
        if dated or isinstance(bound, datetime):
            bounded = f"t.{table.time}"
        else:
            bounded = f"t.{table.date}" if table.date else _local_date(f"t.{table.time}")
        conditions.append(f"{bounded} {comparison} ${name}")
        values[name] = bound
        if dated and isinstance(bound, datetime):
            values[name] = bound.astimezone(UTC).date()
    return conditions, values


def _local_date(instant: str) -> str:
    zone = "(SELECT d.time_zone FROM gold.dim_shop AS d WHERE d.shop = t.shop)"
    return f"CAST({instant} AT TIME ZONE {zone} AS DATE)"


def _order(table: ReadableTable, sort: str | None) -> list[tuple[str, str]]:
    """(column, ASC or DESC); the key comes last and makes the order a strict one."""
    chosen: list[tuple[str, str]] = []
    if sort is not None:
        column = sort.removeprefix("-")
        table.check_column(column)
        if column in table.coarse:
            raise BadInput(
                f"{table.name} cannot be sorted by {column!r}: it is shown coarsely",
                fix="sort by another column",
            )
        chosen.append((column, "DESC" if sort.startswith("-") else "ASC"))
    named = {column for column, _ in chosen}
    return [*chosen, *((column, "ASC") for column in table.key if column not in named)]


def _after(
    order: Sequence[tuple[str, str]],
    last: Sequence[str | None],
    types: Mapping[str, str],
    values: dict[str, object],
) -> str:
    """Rows behind `last`: equal in the first columns and behind in the next one; null is last."""
    ways: list[str] = []
    equal: list[str] = []
    for number, ((column, way), value) in enumerate(zip(order, last, strict=True)):
        name = f"last{number}"
        if value is None:  # nothing comes behind null but what is behind in a later column
            equal.append(f"t.{column} IS NULL")
            continue
        values[name] = value
        bound = f"CAST(${name} AS {types[column]})"
        further = f"(t.{column} {'<' if way == 'DESC' else '>'} {bound} OR t.{column} IS NULL)"
        ways.append(" AND ".join([*equal, further]))
        equal.append(f"t.{column} = {bound}")
    return f"({' OR '.join(f'({way})' for way in ways) or 'FALSE'})"


def wire_type(kind: str) -> str:
    """A type of DuckDB as answers name it."""
    if kind.startswith("DECIMAL"):
        return kind.lower().replace(" ", "")
    return _TYPES.get(kind, kind.lower())


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)
