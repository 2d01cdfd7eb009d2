"""Arrow columns as the VALUES of an INSERT, without a Python object a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

BATCH_BYTES = 512 * 1024  # far below max_allowed_packet, 16 MiB by default
_BATCH_ROWS = 5000


def rows_as_values(rows: pa.Table) -> Iterator[str]:
    """`(1,'a'),(2,NULL)`, a batch at a time, of rows in their order."""
    for start in range(0, rows.num_rows, _BATCH_ROWS):
        yield from _batches(_tuples(rows.slice(start, _BATCH_ROWS)))


def _tuples(rows: pa.Table) -> list[str]:
    columns = [_literals(column.combine_chunks()) for column in rows.columns]
    joined = pc.binary_join_element_wise(*columns, ",")
    return [f"({text})" for text in joined.to_pylist()]


def _batches(tuples: list[str]) -> Iterator[str]:
    batch: list[str] = []
    size = 0
    for text in tuples:
        if batch and size + len(text) > BATCH_BYTES:
            yield ",".join(batch)
            batch, size = [], 0
        batch.append(text)
        size += len(text) + 1
    if batch:
        yield ",".join(batch)


def _literals(column: Any) -> Any:
    """The column as SQL literals, never null: NULL is a word there."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_boolean(kind):
        column = column.cast(pa.int8())
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.timestamp("us"))  # of one with a zone this is its UTC
    text = column.cast(pa.string())
    if not (pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_boolean(kind)):
        text = _quoted(text)
    return pc.fill_null(text, "NULL")


def _quoted(text: Any) -> Any:
    escaped = pc.replace_substring(pc.replace_substring(text, "\\", "\\\\"), "'", "''")
    return pc.binary_join_element_wise("'", escaped, "'", "")
