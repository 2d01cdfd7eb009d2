"""Cut a stream of rows into parts of bounded size; large ones travel as chunks, small inline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from aethermart.core import failpoints
from aethermart.core.entries import META, Batch, Chunk, new_entry_id, nullable
from aethermart.log.chunks import ChunkStore

CHUNK_ROWS = 250_000
CHUNK_BYTES = 64 * 1024 * 1024  # in memory: what is held at once while a chunk is gathered
INLINE_ROWS = 5_000
INLINE_BYTES = 4 * 1024 * 1024
ENTRY = META.field("_entry")


def pieces_of(
    table: str, batches: Iterable[pa.RecordBatch], chunks: ChunkStore
) -> Iterator[tuple[str, Batch | Chunk]]:
    """A snapshot's rows in pieces, each with the id of an entry of its own; none without rows.

    batches  the table's columns and META but for `_entry`, which is added here
    """
    for held in _cut(batches):
        entry = new_entry_id()
        inline = held.num_rows <= INLINE_ROWS and held.nbytes <= INLINE_BYTES
        yield entry, _part(table, entry, held, chunks, inline=inline)


def parts_of(
    table: str, entry: str, batches: Iterable[pa.RecordBatch], chunks: ChunkStore, *, inline: bool
) -> Iterator[Batch | Chunk]:
    """The rows of one table within one entry, in order; none without rows."""
    for held in _cut(batches):
        yield _part(table, entry, held, chunks, inline=inline)


def read_rows(rows: pa.Table, first_position: int, read_at: datetime) -> pa.Table:
    """A snapshot's rows with META but for `_entry`; positions count on from `first_position`."""
    n = rows.num_rows
    meta = [
        pa.repeat("r", n),
        # counted in Arrow: a Python range costs twelve times as much
        pc.cumulative_sum(
            pa.repeat(pa.scalar(1, pa.int64()), n), start=pa.scalar(first_position - 1)
        ),
        pa.repeat(pa.scalar(read_at, META.field("_committed_at").type), n),
    ]
    schema = pa.schema([*nullable(rows.schema), *list(META)[:-1]])
    return pa.Table.from_arrays([*rows.columns, *meta], schema=schema)


def _cut(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    pending: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        pending.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if rows >= CHUNK_ROWS or size >= CHUNK_BYTES:
            yield pa.Table.from_batches(pending)
            pending, rows, size = [], 0, 0
    if rows:
        yield pa.Table.from_batches(pending)


def _part(
    table: str, entry: str, rows: pa.Table, chunks: ChunkStore, *, inline: bool
) -> Batch | Chunk:
    rows = rows.append_column(ENTRY, pa.repeat(entry, rows.num_rows))
    if inline:
        return Batch(table, rows)
    chunk = chunks.write(entry, table, rows)
    failpoints.reached("capture.chunk_written")
    return chunk
