"""Which column types bronze keeps, and how a table's columns may change over the years.

Integers are always int64, because Delta cannot widen a column in place; floats are always double;
an instant has a zone and microseconds. A new column passes, a column whose type changed does not.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.types as kind

from aethermart.core.entries import META
from aethermart.core.errors import Terminal


class UnfitColumn(Terminal):
    """Bronze has no type that keeps this column's values as they are."""


class SchemaClash(Terminal):
    """A column arrives with another type than bronze has for it."""


def bronze_schema(table: str, arriving: pa.Schema) -> pa.Schema:
    """The columns as bronze keeps them. Raises UnfitColumn."""
    missing = [name for name in META.names if name not in arriving.names]
    if missing:
        raise UnfitColumn(
            f"{table}: rows arrive without {', '.join(missing)}",
            fix="a source appends the columns of core.entries.META to each batch",
        )
    names = [name.lower() for name in arriving.names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UnfitColumn(
            f"{table}: more than one column is named {', '.join(twice)}, capitals aside",
            fix="rename one in the shop, or leave it out of the pack",
        )
    return pa.schema([pa.field(f.name, bronze_type(table, f.name, f.type)) for f in arriving])


def bronze_type(table: str, column: str, arriving: pa.DataType) -> pa.DataType:
    if kind.is_dictionary(arriving):
        return bronze_type(table, column, arriving.value_type)
    if kind.is_timestamp(arriving):
        return _instant(table, column, arriving)
    if kind.is_integer(arriving) and arriving != pa.uint64():
        return pa.int64()
    if kind.is_decimal(arriving) and arriving.precision <= 38 and arriving.scale >= 0:
        return pa.decimal128(arriving.precision, arriving.scale)
    for fits, kept in _SIMPLE:
        if fits(arriving):
            return kept
    raise UnfitColumn(
        f"{table}.{column} has type {arriving}, which bronze does not keep",
        fix="capture the column as text, or leave it out of the pack",
    )


_SIMPLE = (
    (kind.is_boolean, pa.bool_()),
    (kind.is_floating, pa.float64()),
    (kind.is_string, pa.string()),
    (kind.is_large_string, pa.string()),
    (kind.is_string_view, pa.string()),
    (kind.is_binary, pa.binary()),
    (kind.is_large_binary, pa.binary()),
    (kind.is_binary_view, pa.binary()),
    (kind.is_fixed_size_binary, pa.binary()),
    (kind.is_date, pa.date32()),
)


def grown(table: str, known: pa.Schema | None, arriving: pa.Schema) -> pa.Schema:
    """`known` with the columns that are new in `arriving`. Raises SchemaClash.

    Both as `bronze_schema` makes them; a column that no longer arrives stays.
    """
    if known is None:
        return arriving
    for field in arriving:
        if field.name in known.names and known.field(field.name).type != field.type:
            raise SchemaClash(
                f"{table}.{field.name} arrives as {field.type},"
                f" bronze has it as {known.field(field.name).type}",
                fix="give the column its old type back, or add one under a new name"
                " and join the two in silver",
            )
    return pa.schema([*known, *(field for field in arriving if field.name not in known.names)])


def fit(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """The rows under `schema`: cast, in its order, with nulls for columns they lack."""
    columns = [
        rows.column(field.name).cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _instant(table: str, column: str, arriving: pa.TimestampType[Any, Any]) -> pa.DataType:
    if not arriving.tz:
        raise UnfitColumn(
            f"{table}.{column} is a timestamp without a time zone",
            fix="say the shop's time zone in its pack, so that capture sends UTC",
        )
    if arriving.unit == "ns":
        raise UnfitColumn(
            f"{table}.{column} has nanoseconds, bronze keeps microseconds",
            fix="cast the column to microseconds at the source",
        )
    return pa.timestamp("us", tz="UTC")
