"""Copy tables as they stood in one snapshot, flat in memory: COPY, Arrow, Parquet chunks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa
from psycopg import sql

from aethermart.capture.chunking import read_rows
from aethermart.capture.postgres.connection import Connection
from aethermart.capture.postgres.decode import rows_from_csv
from aethermart.capture.postgres.schema import SourceTable, select_list

BLOCK_BYTES = 8 * 1024 * 1024


def copy_table(
    connection: Connection,
    schema: str,
    table: SourceTable,
    *,
    time_zone: str,
    read_at: datetime,
) -> Iterator[pa.RecordBatch]:
    """The table's rows with META but for `_entry`, in blocks of about BLOCK_BYTES of CSV.

    Runs in the caller's REPEATABLE READ transaction: the rows are those of its snapshot.
    """
    query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv)").format(
        select_list(table, time_zone), sql.Identifier(schema, table.name)
    )
    position = 1
    for block in _blocks(connection, query):
        rows = read_rows(rows_from_csv(table, block), position, read_at)
        position += rows.num_rows
        yield from rows.combine_chunks().to_batches()


def _blocks(connection: Connection, query: sql.Composed) -> Iterator[bytes]:
    """COPY's output cut between rows: the server sends one message a row."""
    block, size = [], 0
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for message in copy:
            block.append(bytes(message))
            size += len(message)
            if size >= BLOCK_BYTES:
                yield b"".join(block)
                block, size = [], 0
    if block:
        yield b"".join(block)
