"""Stream a query's rows out of PostgreSQL, flat in memory: COPY, CSV, Arrow."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pyarrow as pa
from psycopg import sql

from aethermart.capture.postgres.connection import Connection
from aethermart.capture.postgres.decode import UnfitValue, rows_from_csv
from aethermart.capture.postgres.schema import SourceTable

BLOCK_BYTES = 8 * 1024 * 1024


def copy_rows(
    connection: Connection, query: sql.Composed, table: SourceTable, schema: pa.Schema
) -> Iterator[pa.Table]:
    """The rows of `query` as `schema` has them, in blocks of about BLOCK_BYTES of CSV.

    table  whose rows they are, for the errors. Raises UnfitValue.
    """
    copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)
    try:
        for block in _blocks(connection, copy):
            yield rows_from_csv(table, schema, block)
    except psycopg.DataError as error:
        raise UnfitValue(table.name, str(error).strip().splitlines()[0]) from error


def _blocks(connection: Connection, copy: sql.Composed) -> Iterator[bytes]:
    """COPY's output cut between rows: the server sends one message a row."""
    block, size = [], 0
    with connection.cursor() as cursor, cursor.copy(copy) as messages:
        for message in messages:
            block.append(bytes(message))
            size += len(message)
            if size >= BLOCK_BYTES:
                yield b"".join(block)
                block, size = [], 0
    if block:
        yield b"".join(block)
