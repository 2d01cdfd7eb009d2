"""Stream a query's rows out of PostgreSQL, flat in memory: COPY, CSV, Arrow."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

import psycopg
import pyarrow as pa
from psycopg import sql
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn

from aethermart.capture.postgres.connection import Connection
from aethermart.capture.postgres.decode import rows_from_csv
from aethermart.capture.postgres.schema import SourceTable
from aethermart.capture.source import UnfitValue

BLOCK_BYTES = 2 * 1024 * 1024  # 8 MB took 60 MB more memory and not less CPU


def copy_rows(
    connection: Connection, query: sql.Composed, table: SourceTable, schema: pa.Schema
) -> Generator[pa.Table]:
    """The rows of `query` as `schema` has them, in blocks of about BLOCK_BYTES of CSV.

    table  whose rows they are, for the errors. Raises UnfitValue.
    """
    copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(query)
    try:
        with closing(_blocks(connection, copy)) as blocks:
            for block in blocks:
                yield rows_from_csv(table, schema, block)
    except psycopg.DataError as error:
        raise UnfitValue(table.name, str(error).strip().splitlines()[0]) from error


def _blocks(connection: Connection, copy: sql.Composed) -> Generator[bytes]:
    """COPY's output cut between rows: the server sends one message a row.

    psycopg waits for a row; those that came with it are taken from libpq directly, which costs a
    third of the CPU of asking psycopg for each (benchmarks/full_load.py).
    """
    block = bytearray()
    with connection.cursor() as cursor, cursor.copy(copy) as messages:
        more = True
        while more and (row := messages.read()):
            block += row
            more = _take_arrived(connection.pgconn, block)
            if len(block) >= BLOCK_BYTES:
                yield bytes(block)
                block.clear()
    if block:
        yield bytes(block)


def _take_arrived(pgconn: PGconn, block: bytearray) -> bool:
    """Fill the block with rows that libpq holds already; False at the end of all.

    Never waits for a row: that would keep every other thread waiting too. Raises what the server
    ended with.
    """
    size = 1
    while size > 0 and len(block) < BLOCK_BYTES:
        size, row = pgconn.get_copy_data(1)
        if size > 0:
            block += row
    if size >= 0:
        return True
    results = [*iter(pgconn.get_result, None)]  # all of them, or the connection stays busy
    for result in results:
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)
    return False
