"""What a PostgreSQL table looks like: its columns as Arrow types, its key, and how to select it.

Integers become int64 from the first day, because a table in the archive cannot be widened later.
A `numeric` without precision becomes decimal(38, 9) and a value that does not fit is an error,
never rounded. Types without a counterpart travel as their text; of a JSON column, JSON's own null
cannot be told from a missing value and counts as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import pyarrow as pa
from psycopg import sql
from psycopg.rows import namedtuple_row

from aethermart.capture.postgres.connection import Connection
from aethermart.core.entries import Column, TableSchema
from aethermart.core.schemas import Schemas

TRIGGERS = {
    "trg_aethermart_insert": "INSERT ON {} REFERENCING NEW TABLE AS new_rows",
    "trg_aethermart_update": "UPDATE ON {} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "trg_aethermart_delete": "DELETE ON {} REFERENCING OLD TABLE AS old_rows",
    "trg_aethermart_truncate": "TRUNCATE ON {}",
}
_UTC = pa.timestamp("us", tz="UTC")
# Type as PostgreSQL names it -> (Arrow type, type that the queue's JSON is read as).
_SIMPLE: dict[str, tuple[pa.DataType, str]] = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), (pa.int64(), "int8")),
    **dict.fromkeys(("float4", "float8"), (pa.float64(), "float8")),
    "bool": (pa.bool_(), "bool"),
    "date": (pa.date32(), "date"),
    "timestamp": (_UTC, "timestamp"),
    "timestamptz": (_UTC, "timestamptz"),
}


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """One column.

    form       how its value is selected: plain, naive (a time without a zone), json, or cast (a
               type from an extension, which may have a JSON form of its own)
    read_as    PostgreSQL type that the queue's JSON is read as
    place      number of the column in its table; a column made anew gets another
    fills_old  rows older than the column have its default, not null
    """

    name: str
    type: pa.DataType
    nullable: bool
    form: str
    read_as: str
    place: int
    fills_old: bool = False
    virtual: bool = False


@dataclass(frozen=True, slots=True)
class SourceTable:
    """A table as it stands now; `key` is empty where it has no primary key.

    name           what it goes by: `schema.relation` where it is not in the shop's first schema
    storage        changes when rows were rewritten or the capture triggers touched
    triggered_by   function of its capture triggers; None unless all are there and enabled
    readable       this role may SELECT
    hides_rows     row-level security keeps rows from this role
    spread         partitioned, a partition, or in an inheritance tree
    deferrable     the primary key may be checked at the transaction's end
    """

    name: str
    schema: str
    relation: str
    oid: int
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...]
    storage: str
    triggered_by: str | None
    readable: bool
    hides_rows: bool
    spread: bool
    deferrable: bool

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.relation)

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, c.type, c.nullable) for c in self.columns])

    @property
    def announced(self) -> TableSchema:
        """The control record that tells the log of this table."""
        columns = tuple(Column(c.name, str(c.type), c.nullable) for c in self.columns)
        return TableSchema(self.name, columns, self.key)


def discover(
    connection: Connection, schemas: Schemas, tables: Sequence[str]
) -> dict[str, SourceTable]:
    """The named tables that exist, by name."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        rows: list[Any] = cursor.execute(
            files("aethermart.capture.postgres").joinpath("discover.sql").read_bytes(),
            {**places(schemas, tables), "triggers": list(TRIGGERS)},
        ).fetchall()
    by_table: dict[str, list[Any]] = {}
    for row in rows:
        by_table.setdefault(row.name, []).append(row)
    return {name: _table(of) for name, of in by_table.items()}


def places(schemas: Schemas, tables: Sequence[str]) -> dict[str, list[str]]:
    """Values for a script that looks for these tables."""
    found = [schemas.place(table) for table in tables]
    return {
        "schemas": [schema for schema, _ in found],
        "relations": [relation for _, relation in found],
        "names": list(tables),
    }


def select_from_table(table: SourceTable, time_zone: str) -> sql.Composed:
    """The columns of the table itself, as `t`."""
    as_json = sql.SQL("json_build_object({name}, {value}) {arrow} {name}")
    return _select(table, time_zone, as_json, also_cast=True)


def select_from_image(table: SourceTable, time_zone: str) -> sql.Composed:
    """The same columns with the same values, out of `q.row_image` and what `read_image` makes."""
    return _select(table, time_zone, sql.SQL("q.row_image {arrow} {name}"), also_cast=False)


def read_image(table: SourceTable) -> sql.Composed:
    """`t` with a column for each of the table's, out of `q.row_image`; one not in it is null."""
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(c.name), sql.SQL(c.read_as)) for c in table.columns
    ]
    return sql.SQL("json_to_record(q.row_image) AS t({})").format(sql.SQL(", ").join(columns))


def _select(
    table: SourceTable, time_zone: str, as_json: sql.SQL, *, also_cast: bool
) -> sql.Composed:
    expressions: list[sql.Composable] = []
    for column in table.columns:
        value = sql.Identifier("t", column.name)
        names = {"name": sql.Literal(column.name), "value": value}
        if column.form == "naive":
            zone = sql.Literal(time_zone)
            expressions.append(sql.SQL("{} AT TIME ZONE {}").format(value, zone))
        elif column.form == "json":
            json = as_json.format(arrow=sql.SQL("->"), **names)
            expressions.append(sql.SQL("nullif(({})::text, 'null')").format(json))
        elif column.form == "cast" and also_cast:
            expressions.append(as_json.format(arrow=sql.SQL("->>"), **names))
        else:
            expressions.append(value)
    return sql.SQL(", ").join(expressions)


def _table(rows: Sequence[Any]) -> SourceTable:
    first = rows[0]
    key = sorted((row.key_place, row.attname) for row in rows if row.key_place is not None)
    return SourceTable(
        name=first.name,
        schema=first.nspname,
        relation=first.relname,
        oid=first.oid,
        columns=tuple(map(_column, rows)),
        key=tuple(name for _, name in key),
        storage=first.storage,
        triggered_by=first.function_name,
        readable=first.is_readable,
        hides_rows=first.hides_rows,
        spread=first.is_spread,
        deferrable=bool(first.key_is_deferrable),
    )


def _column(row: Any) -> SourceColumn:
    kind, read_as = _SIMPLE.get(row.typname, (pa.string(), "text"))
    form = "plain"
    if row.typname == "numeric":
        kind, read_as = _decimal(row.modifier)
    elif row.typname == "timestamp":
        form = "naive"
    elif row.typname in {"json", "jsonb"} or row.typcategory in {"A", "C"}:
        form, read_as = "json", "json"
    elif row.is_foreign_type:
        form = "cast"
    return SourceColumn(
        name=row.attname,
        type=kind,
        nullable=row.is_nullable,
        form=form,
        read_as=read_as,
        place=row.attnum,
        fills_old=row.fills_old_rows,
        virtual=row.is_virtual,
    )


def _decimal(modifier: int) -> tuple[pa.DataType, str]:
    if modifier < 0:
        return pa.decimal128(38, 9), "numeric"
    precision, scale = (modifier - 4) >> 16, (modifier - 4) & 0x7FF
    if precision > 38 or scale > precision:  # a negative scale reads as a large one
        return pa.string(), "text"
    return pa.decimal128(precision, scale), "numeric"
