"""Copy tables as they stood in one snapshot."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from datetime import datetime
from typing import Any

import pyarrow as pa

from aethermart.capture.chunking import read_rows
from aethermart.capture.mariadb.queue.layout import Layout
from aethermart.capture.mariadb.queue.lines import LineReader
from aethermart.capture.mariadb.queue.packing import KEY_ONLY, identifier, packed_or_key
from aethermart.capture.mariadb.queue.second_look import rows_again

BLOCK_ROWS = 5_000
_LARGE_ROWS = 10  # of those too large for a line


def copy_table(
    reading: Any, layout: Layout, lines: LineReader, read_at: datetime
) -> Generator[pa.RecordBatch]:
    """The table's rows with META but for `_entry`, in blocks. Raises UnfitValue.

    Runs in the caller's transaction: the rows are those of its snapshot.
    """
    table = layout.table
    line = packed_or_key(table.columns, table.key, "t")
    position, again = 1, list[bytes]()
    with closing(reading.cursor()) as cursor:
        cursor.execute(f"SELECT CAST({line} AS BINARY) FROM {identifier(table.name)} AS t")
        while block := cursor.fetchmany(BLOCK_ROWS):
            whole = [row[0] for row in block if not row[0].startswith(KEY_ONLY)]
            again += [row[0].removeprefix(KEY_ONLY) for row in block if row[0].startswith(KEY_ONLY)]
            rows = read_rows(lines.rows(table.name, table.columns, whole), position, read_at)
            position += rows.num_rows
            yield from rows.combine_chunks().to_batches()
    for first in range(0, len(again), _LARGE_ROWS):
        _, found = rows_again(reading, lines, table, again[first : first + _LARGE_ROWS])
        rows = read_rows(found, position, read_at)
        position += rows.num_rows
        yield from rows.combine_chunks().to_batches()
