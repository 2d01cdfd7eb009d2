"""What a PostgreSQL table looks like: its columns as Arrow types, its key, and how to select it.

Integers become int64 from the first day, because a table in the archive cannot be widened later.
A `numeric` without precision becomes decimal(38, 9) and a value that does not fit is an error,
never rounded. Types without a counterpart travel as their text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from psycopg import sql

from aethermart.capture.postgres.connection import Connection
from aethermart.core.entries import Column, TableSchema

_DISCOVER = """
SELECT c.relname, a.attname, base.typname, base.typcategory,
       CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END,
       a.attnotnull,
       array_position(i.indkey::int2[], a.attnum)
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_type AS base ON base.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
LEFT JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
WHERE n.nspname = %(schema)s AND c.relname = ANY(%(tables)s) AND c.relkind IN ('r', 'p')
ORDER BY c.relname, a.attnum
"""
_INTEGERS = {"int2", "int4", "int8", "oid"}
_UTC = pa.timestamp("us", tz="UTC")
_SIMPLE: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "float4": pa.float64(),
    "float8": pa.float64(),
    "date": pa.date32(),
    "timestamp": _UTC,
    "timestamptz": _UTC,
}


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """`form` says how the value travels: plain, naive (a time without a zone), json or text."""

    name: str
    type: pa.DataType
    nullable: bool
    form: str


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table as it stands now; `key` is empty where it has no primary key."""

    name: str
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...]

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, c.type, c.nullable) for c in self.columns])

    @property
    def announced(self) -> TableSchema:
        """The control record that tells the log of this table."""
        columns = tuple(Column(c.name, str(c.type), c.nullable) for c in self.columns)
        return TableSchema(self.name, columns, self.key)

    @property
    def json_columns(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.form == "json")


def discover(connection: Connection, schema: str, tables: Sequence[str]) -> dict[str, SourceTable]:
    """The named tables that exist, by name."""
    rows = connection.execute(_DISCOVER, {"schema": schema, "tables": list(tables)}).fetchall()
    columns: dict[str, list[SourceColumn]] = {}
    keys: dict[str, list[tuple[int, str]]] = {}
    for table, name, typname, category, modifier, not_null, key_place in rows:
        kind, form = _arrow_type(typname, category, modifier)
        columns.setdefault(table, []).append(SourceColumn(name, kind, not not_null, form))
        if key_place is not None:
            keys.setdefault(table, []).append((key_place, name))
    return {
        table: SourceTable(table, tuple(of), tuple(n for _, n in sorted(keys.get(table, []))))
        for table, of in columns.items()
    }


def select_list(table: SourceTable, time_zone: str) -> sql.Composable:
    """The columns as the snapshot selects them, in the form in which the queue's JSON has them."""
    expressions = [_expression(column, time_zone) for column in table.columns]
    return sql.SQL(", ").join(expressions)


def _expression(column: SourceColumn, time_zone: str) -> sql.Composable:
    name = sql.Identifier(column.name)
    if column.form == "naive":
        return sql.SQL("{} AT TIME ZONE {}").format(name, sql.Literal(time_zone))
    if column.form == "json":
        # to_json first: an array's own text, {a,b}, is not what row_to_json makes of it
        return sql.SQL("to_json({})::text").format(name)
    if column.form == "text":
        return sql.SQL("{}::text").format(name)
    return name


def _arrow_type(typname: str, category: str, modifier: int) -> tuple[pa.DataType, str]:
    if typname in _INTEGERS:
        return pa.int64(), "plain"
    if typname == "numeric":
        return _decimal(modifier), "plain"
    if typname in _SIMPLE:
        return _SIMPLE[typname], "naive" if typname == "timestamp" else "plain"
    if typname in {"json", "jsonb"} or category in {"A", "C"}:
        return pa.string(), "json"
    return pa.string(), "text"


def _decimal(modifier: int) -> pa.DataType:
    if modifier < 0:
        return pa.decimal128(38, 9)
    precision, scale = (modifier - 4) >> 16, (modifier - 4) & 0x7FF
    if precision > 38 or scale > precision:  # a negative scale reads as a large one
        return pa.string()
    return pa.decimal128(precision, scale)
