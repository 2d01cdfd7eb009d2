"""Rows past the time they may be kept: only their key is left, as a deletion.

The number of rows, their order, entries and commit times stay: every entry is still read whole,
and a replay deletes what these rows once made. Whole files are written anew and take the place of
the old ones in one commit; the old ones go with a later vacuum, when no reader uses them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aethermart.core.entries import META
from aethermart.log.archive.delta import AppendOnlyTable, DataFile
from aethermart.log.archive.staging import Arrived, stage

Mask = Any  # a chunked array of booleans, of which Arrow's stubs say too little


def empty_rows(
    table: AppendOnlyTable,
    stats_columns: Sequence[str],
    key: Sequence[str],
    time_column: str,
    before: datetime,
) -> int:
    """How many rows from before the instant were emptied; a second call finds none.

    Only for the process that appends to the table, in its thread: nothing may come in between.
    """
    kept = {*key, *META.names}
    emptied = 0
    gone: list[str] = []
    come: list[DataFile] = []
    with table.lock:
        schema = table.schema()
        if schema is None or time_column not in schema.names or time_column in kept:
            return 0
        try:
            for file in table.files():
                rows = pq.read_table(table.folder / file.name, partitioning=None)
                old = _old(rows, time_column, before)
                if old is None:
                    continue
                fields = [schema.field(name) for name in rows.column_names]
                left = _emptied(rows.cast(pa.schema(fields)), old, kept)
                arrived = Arrived(table.folder.name, left.num_rows, left.schema, left)
                come += stage((arrived,), table.folder, left.schema, stats_columns)
                gone.append(file.name)
                emptied += pc.sum(old).as_py()
            if gone:
                table.swap_files(gone, come)
            table.refuse_rewrites()
        except BaseException:
            table.discard(come)
            raise
    return emptied


def _old(rows: pa.Table, time_column: str, before: datetime) -> Mask | None:
    """Which rows are from before; None for no row."""
    if time_column not in rows.column_names:
        return None
    times = rows.column(time_column)
    if not pa.types.is_timestamp(times.type):
        return None
    bound: Any = pa.scalar(before, pa.timestamp("us", tz="UTC")).cast(times.type)
    compute: Any = pc  # its stubs know neither function for such a column
    old = compute.fill_null(compute.less(times, bound), False)
    return old if compute.any(old).as_py() else None


def _emptied(rows: pa.Table, old: Mask, kept: set[str]) -> pa.Table:
    columns = []
    for field, column in zip(rows.schema, rows.columns, strict=True):
        if field.name == "_op":
            columns.append(pc.if_else(old, pa.scalar("d", field.type), column))
        elif field.name in kept:
            columns.append(column)
        else:
            columns.append(pc.if_else(old, pa.scalar(None, field.type), column))
    return pa.Table.from_arrays(columns, schema=rows.schema)
