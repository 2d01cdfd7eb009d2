"""Copy tables as they stood in one snapshot."""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime

import pyarrow as pa
from psycopg import sql

from aethermart.capture.chunking import read_rows
from aethermart.capture.postgres.connection import Connection
from aethermart.capture.postgres.copying import copy_rows
from aethermart.capture.postgres.schema import SourceTable, select_from_table


def copy_table(
    connection: Connection,
    table: SourceTable,
    *,
    time_zone: str,
    read_at: datetime,
) -> Generator[pa.RecordBatch]:
    """The table's rows with META but for `_entry`, in blocks.

    Runs in the caller's REPEATABLE READ transaction: the rows are those of its snapshot. The
    caller holds a lock on the table, or a rewrite would make it look empty.
    """
    query = sql.SQL("SELECT {} FROM {} AS t").format(
        select_from_table(table, time_zone), table.identifier
    )
    position = 1
    for block in copy_rows(connection, query, table, table.arrow_schema):
        rows = read_rows(block, position, read_at)
        position += rows.num_rows
        yield from rows.combine_chunks().to_batches()
