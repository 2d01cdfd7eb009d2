"""Rows of a PostgreSQL shop as Arrow: from the snapshot's CSV and from the queue's JSON.

Both paths give the same values for the same row; neither rounds, guesses or drops a value.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from aethermart.capture.postgres.schema import SourceColumn, SourceTable
from aethermart.core.entries import META, nullable, with_meta
from aethermart.core.errors import Terminal

_PARSE = pyarrow.csv.ParseOptions(newlines_in_values=True)


class UnfitValue(Terminal):
    """A value of the shop does not fit the type its column travels as."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the change queue: a row image as JSON text."""

    position: int
    op: str
    image: str
    committed_at: datetime
    texts: dict[str, str | None] | None = None  # JSON columns as their exact text


def rows_from_csv(table: SourceTable, data: bytes) -> pa.Table:
    """Complete CSV lines, as COPY writes them, to the table's columns."""
    try:
        return pyarrow.csv.read_csv(
            BytesIO(data),
            read_options=pyarrow.csv.ReadOptions(
                column_names=[c.name for c in table.columns], block_size=max(len(data), 1)
            ),
            parse_options=_PARSE,
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=table.arrow_schema,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t"],
                false_values=["f"],
            ),
        ).cast(table.arrow_schema)
    except pa.ArrowInvalid as error:
        raise _unfit(table, error) from error


def rows_from_queue(
    table: SourceTable, rows: Sequence[QueueRow], entry: str, time_zone: str
) -> pa.Table:
    """Queue lines of one table, in order, with META."""
    # Floats stay text: a decimal must not pass through binary.
    images = [json.loads(row.image, parse_float=str) for row in rows]
    for image, row in zip(images, rows, strict=True):
        image.update(row.texts or {})
    try:
        arrays = [
            _array(column, [image.get(column.name) for image in images], time_zone)
            for column in table.columns
        ]
    except pa.ArrowInvalid as error:
        raise _unfit(table, error) from error
    meta = [
        pa.array([row.op for row in rows], META.field("_op").type),
        pa.array([row.position for row in rows], META.field("_position").type),
        pa.array([row.committed_at for row in rows], META.field("_committed_at").type),
        pa.repeat(entry, len(rows)),
    ]
    return pa.Table.from_arrays([*arrays, *meta], schema=with_meta(nullable(table.arrow_schema)))


def _array(column: SourceColumn, values: list[Any], time_zone: str) -> Any:
    if pa.types.is_int64(column.type) or pa.types.is_boolean(column.type):
        return pa.array(values, column.type)
    if pa.types.is_floating(column.type):
        return pa.array([None if v is None else float(v) for v in values], column.type)
    texts = pa.array([None if v is None else str(v) for v in values], pa.string())
    if column.form == "naive":
        return _in_utc(texts.cast(pa.timestamp("us")), time_zone)
    return texts.cast(column.type)


def _in_utc(local: Any, time_zone: str) -> Any:
    """Local times as UTC; of an hour that comes twice the later, as PostgreSQL takes it."""
    zoned = pc.assume_timezone(local, time_zone, ambiguous="latest", nonexistent="latest")
    return zoned.cast(pa.timestamp("us", tz="UTC"))


def _unfit(table: SourceTable, error: pa.ArrowInvalid) -> UnfitValue:
    return UnfitValue(
        f"table {table.name}: a value does not fit its column: {error}",
        fix="correct the value in the shop, or give the column a precision that holds it",
    )
