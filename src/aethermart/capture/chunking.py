"""Cut a snapshot's stream of rows into pieces, each for an entry of its own.

Large pieces travel as chunks, small ones inline.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa

from aethermart.core import failpoints
from aethermart.core.entries import META, Batch, Chunk, new_entry_id, nullable
from aethermart.log.chunks import ChunkStore

CHUNK_ROWS = 250_000
INLINE_ROWS = 5_000
ENTRY = META.field("_entry")


def pieces_of(
    table: str, batches: Iterator[pa.RecordBatch], chunks: ChunkStore
) -> Iterator[tuple[str, Batch | Chunk]]:
    """Entry id and rows of each piece of at most about CHUNK_ROWS rows; none without rows.

    batches  the table's columns and META but for `_entry`, which is added here
    """
    pending: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        pending.append(batch)
        rows += batch.num_rows
        if rows >= CHUNK_ROWS:
            yield _piece(table, pending, chunks)
            pending, rows = [], 0
    if rows:
        yield _piece(table, pending, chunks)


def _piece(
    table: str, batches: list[pa.RecordBatch], chunks: ChunkStore
) -> tuple[str, Batch | Chunk]:
    entry = new_entry_id()
    rows = pa.Table.from_batches(batches)
    rows = rows.append_column(ENTRY, pa.repeat(entry, rows.num_rows))
    if rows.num_rows <= INLINE_ROWS:
        return entry, Batch(table, rows)
    chunk = chunks.write(entry, table, rows)
    failpoints.reached("capture.chunk_written")
    return entry, chunk


def read_rows(rows: pa.Table, first_position: int, read_at: datetime) -> pa.Table:
    """A snapshot's rows with META but for `_entry`; positions count on from `first_position`."""
    n = rows.num_rows
    meta = [
        pa.repeat("r", n),
        pa.array(range(first_position, first_position + n), pa.int64()),
        pa.repeat(pa.scalar(read_at, META.field("_committed_at").type), n),
    ]
    schema = pa.schema([*nullable(rows.schema), *list(META)[:-1]])
    return pa.Table.from_arrays([*rows.columns, *meta], schema=schema)
