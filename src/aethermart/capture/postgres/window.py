"""One window of the queue as one entry: all that was committed between two snapshots.

The window's end is the reading transaction's own snapshot, so the queue rows it can see are the
rows that belong: nothing is filtered by number or by time. Read in pages, however many there are;
what does not fit in memory goes to chunks, and still becomes one entry, applied whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import sql

from aethermart.capture.postgres.connection import Connection
from aethermart.capture.postgres.decode import QueueRow, rows_from_queue
from aethermart.capture.postgres.install import QUEUE
from aethermart.capture.postgres.schema import SourceTable
from aethermart.core import failpoints
from aethermart.core.entries import Batch, Chunk, Control, Truncate
from aethermart.log.chunks import ChunkStore

PAGE_ROWS = 20_000
INLINE_ROWS = 50_000  # a window with more rows goes to chunks, page run by page run

# Rows of transactions that the snapshot `done` did not see committed.
PAST_DONE = sql.SQL(
    "(tx >= pg_snapshot_xmax(%(done)s::pg_snapshot)"
    " OR tx = ANY(ARRAY(SELECT pg_snapshot_xip(%(done)s::pg_snapshot))))"
)
_READ = sql.SQL("""
SELECT id, table_name, op, row_image::text, {committed_at}, {texts}
FROM {queue}
WHERE {past_done}
ORDER BY id
""")


@dataclass(slots=True)
class Window:
    """What one read of the queue gave."""

    parts: list[Batch | Chunk] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)
    committed_at: datetime | None = None
    skipped: set[str] = field(default_factory=set)  # tables with rows that are not captured


def read_window(
    connection: Connection,
    done: str,
    entry: str,
    tables: Mapping[str, SourceTable],
    chunks: ChunkStore,
    *,
    time_zone: str,
    commit_times: bool,
) -> Window:
    """Every queue row past the snapshot `done`, in a transaction that the caller began.

    tables        tables to take; rows of others are skipped and noted
    commit_times  the server keeps commit times (track_commit_timestamp); else statement times
    """
    window = Window()
    pending: list[tuple[str, QueueRow]] = []
    with connection.cursor(name="aethermart_window") as cursor:
        cursor.itersize = PAGE_ROWS
        cursor.execute(_query(tables.values(), commit_times), {"done": done})
        while page := cursor.fetchmany(PAGE_ROWS):
            for row in page:
                _take(row, tables, window, pending)
            if len(pending) >= INLINE_ROWS:
                window.parts += _spill(pending, entry, tables, chunks, time_zone)
                pending = []
    if window.parts and pending:
        window.parts += _spill(pending, entry, tables, chunks, time_zone)
    else:
        window.parts += _batches(pending, entry, tables, time_zone)
    return window


def _take(
    row: tuple[Any, ...],
    tables: Mapping[str, SourceTable],
    window: Window,
    pending: list[tuple[str, QueueRow]],
) -> None:
    position, table, op, image, committed_at, texts = row
    if table not in tables:
        window.skipped.add(table)
        return
    if window.committed_at is None or committed_at > window.committed_at:
        window.committed_at = committed_at
    if op == "t":
        window.controls.append(Truncate(table, position))
    else:
        pending.append((table, QueueRow(position, op, image, committed_at, texts)))


def _batches(
    pending: list[tuple[str, QueueRow]],
    entry: str,
    tables: Mapping[str, SourceTable],
    time_zone: str,
) -> list[Batch | Chunk]:
    by_table: dict[str, list[QueueRow]] = {}
    for table, row in pending:
        by_table.setdefault(table, []).append(row)
    return [
        Batch(table, rows_from_queue(tables[table], rows, entry, time_zone))
        for table, rows in by_table.items()
    ]


def _spill(
    pending: list[tuple[str, QueueRow]],
    entry: str,
    tables: Mapping[str, SourceTable],
    chunks: ChunkStore,
    time_zone: str,
) -> list[Batch | Chunk]:
    spilled: list[Batch | Chunk] = [
        chunks.write(entry, part.table, part.rows)
        for part in _batches(pending, entry, tables, time_zone)
        if isinstance(part, Batch)
    ]
    failpoints.reached("capture.chunk_written")
    return spilled


def _query(tables: Collection[SourceTable], commit_times: bool) -> sql.Composed:
    committed_at = "happened_at"
    if commit_times:
        committed_at = "coalesce(pg_xact_commit_timestamp(tx::xid), happened_at)"
    return _READ.format(
        queue=QUEUE,
        committed_at=sql.SQL(committed_at),
        texts=_texts(tables),
        past_done=PAST_DONE,
    )


def _texts(tables: Collection[SourceTable]) -> sql.Composable:
    """JSON columns once more, as their exact text: decoding and encoding would change numbers."""
    cases = [
        sql.SQL("WHEN {} THEN json_build_object({})").format(
            sql.Literal(table.name),
            sql.SQL(", ").join(
                sql.SQL("{0}, row_image ->> {0}").format(sql.Literal(name))
                for name in table.json_columns
            ),
        )
        for table in tables
        if table.json_columns
    ]
    if not cases:
        return sql.SQL("NULL")
    return sql.SQL("CASE table_name {} END").format(sql.SQL(" ").join(cases))
