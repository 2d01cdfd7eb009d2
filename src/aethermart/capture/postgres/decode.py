"""Rows of a PostgreSQL shop as Arrow, from CSV as COPY writes it.

Snapshot and queue both come this way, so a row has the same values by either; none is rounded,
guessed or dropped.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.csv

from aethermart.capture.postgres.schema import SourceTable
from aethermart.capture.source import UnfitValue

_PARSE = pyarrow.csv.ParseOptions(newlines_in_values=True)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def rows_from_csv(table: SourceTable, schema: pa.Schema, data: bytes) -> pa.Table:
    """Complete CSV lines as rows of `schema`. Raises UnfitValue, which quotes value and key.

    table  whose rows they are, for the error
    """
    try:
        rows = _parsed(schema, data)
        if pa.decimal128(38, 9) in rows.schema.types:
            rows.validate(full=True)  # a number without precision may have 39 digits
    except pa.ArrowInvalid as error:
        raise _unfit(table, schema, data, error) from error
    return rows


def _parsed(schema: pa.Schema, data: bytes) -> pa.Table:
    if data.startswith(_BYTE_ORDER_MARK):
        data = _BYTE_ORDER_MARK + data  # the reader takes one away, also where it is a value's
    return pyarrow.csv.read_csv(
        BytesIO(data),
        read_options=pyarrow.csv.ReadOptions(
            column_names=schema.names, block_size=max(len(data), 1)
        ),
        parse_options=_PARSE,
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    ).cast(schema)


def _unfit(
    table: SourceTable, schema: pa.Schema, data: bytes, error: pa.ArrowInvalid
) -> UnfitValue:
    texts = _parsed(pa.schema([(name, pa.string()) for name in schema.names]), data)
    what = str(error)
    for field in schema:
        column = texts.column(field.name)
        if not _fits(column, field.type):
            row = _first_unfit(column, field.type)
            key = ", ".join(f"{name} {texts.column(name)[row].as_py()!r}" for name in table.key)
            what = f"column {field.name} holds {column[row].as_py()!r} at {key}, not {field.type}"
            break
    return UnfitValue(table.name, what)


def _first_unfit(texts: pa.ChunkedArray[Any], kind: pa.DataType) -> int:
    """Index of the first value that does not fit; there is one."""
    first, past = 0, len(texts)
    while past - first > 1:
        middle = (first + past) // 2
        if _fits(texts.slice(first, middle - first), kind):
            first = middle
        else:
            past = middle
    return first


def _fits(texts: pa.ChunkedArray[Any], kind: pa.DataType) -> bool:
    try:
        texts.cast(kind).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
