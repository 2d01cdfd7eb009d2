"""One window of the queue as one entry: all that was committed between two snapshots.

The window's end is the reading transaction's own snapshot, so the queue rows it can see are the
rows that belong: nothing is filtered by number or by time. Rows are streamed, however many there
are; what does not fit in memory goes to chunks, and still becomes one entry, applied whole.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql

from aethermart.capture.chunking import parts_of
from aethermart.capture.postgres.connection import Connection
from aethermart.capture.postgres.copying import copy_rows
from aethermart.capture.postgres.install import QUEUE
from aethermart.capture.postgres.schema import SourceTable, read_image, select_from_image
from aethermart.core.entries import META, Batch, Chunk, Truncate, nullable
from aethermart.log.chunks import ChunkStore

INLINE_ROWS = 50_000  # a window with more goes to chunks
INLINE_BYTES = 16 * 1024 * 1024

_LEADING = [META.field(name) for name in ("_position", "_op", "_committed_at")]
_WAITING = sql.SQL("""
SELECT
    q.table_oid,
    count(q.row_image),
    coalesce(sum(octet_length(q.row_image::text)), 0)::bigint,
    coalesce(array_agg(q.id ORDER BY q.id) FILTER (WHERE q.op = 't'), '{{}}'),
    max({committed_at}) FILTER (WHERE q.op = 't'),
    bool_or(q.op = 'x')
FROM {queue} AS q
WHERE {past_done}
GROUP BY q.table_oid
""")
_ROWS = sql.SQL("""
SELECT q.id, q.op, {committed_at}, {columns}
FROM {queue} AS q, {record}
WHERE q.table_oid = {table_oid} AND q.row_image IS NOT NULL AND {past_done}
ORDER BY q.id
""")
# Rows of transactions that the snapshot `done` did not see committed.
_PAST_DONE = sql.SQL(
    "(q.tx >= pg_snapshot_xmax({done}::pg_snapshot)"
    " OR q.tx = ANY(ARRAY(SELECT pg_snapshot_xip({done}::pg_snapshot))))"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the queue holds of one table.

    size_bytes    of the row images
    truncates     positions at which it was emptied
    truncated_at  when last
    untold        something changed that the capture function could not tell
    """

    rows: int
    size_bytes: int
    truncates: tuple[int, ...]
    truncated_at: datetime | None
    untold: bool


@dataclass(slots=True)
class Window:
    """What one read of the queue gave."""

    parts: list[Batch | Chunk] = field(default_factory=list)
    truncates: list[Truncate] = field(default_factory=list)
    committed_at: datetime | None = None

    def saw(self, committed_at: datetime | None) -> None:
        if committed_at is not None:
            self.committed_at = max(committed_at, self.committed_at or committed_at)


class QueueReader:
    """Reads past the snapshot `done`, in a transaction that the caller began.

    commit_times  the server keeps commit times (track_commit_timestamp); else statement times
    """

    def __init__(self, connection: Connection, done: str, *, commit_times: bool) -> None:
        self._connection = connection
        self._past_done = _PAST_DONE.format(done=sql.Literal(done))
        self._committed_at = sql.SQL(
            "coalesce(pg_xact_commit_timestamp(q.tx::xid), q.happened_at)"
            if commit_times
            else "q.happened_at"
        )

    def waiting(self) -> dict[int, Waiting]:
        """What there is to read, by the table's oid; empty when nothing was committed."""
        query = _WAITING.format(
            queue=QUEUE, committed_at=self._committed_at, past_done=self._past_done
        )
        return {
            oid: Waiting(rows, size, tuple(truncates), truncated_at, untold)
            for oid, rows, size, truncates, truncated_at, untold in self._connection.execute(query)
        }

    def window(
        self,
        entry: str,
        waiting: Mapping[int, Waiting],
        tables: Mapping[int, SourceTable],
        chunks: ChunkStore,
        time_zone: str,
    ) -> Window:
        """Every row of `tables`, by oid. Raises UnfitValue; the transaction is then spoilt."""
        window = Window()
        wanted = {oid: of for oid, of in waiting.items() if oid in tables}
        inline = (
            sum(of.rows for of in wanted.values()) <= INLINE_ROWS
            and sum(of.size_bytes for of in wanted.values()) <= INLINE_BYTES
        )
        for oid, of in wanted.items():
            name = tables[oid].name
            window.truncates += [Truncate(name, position) for position in of.truncates]
            window.saw(of.truncated_at)
            if of.rows:
                with closing(self._rows(tables[oid], time_zone, window)) as rows:
                    window.parts += parts_of(name, entry, rows, chunks, inline=inline)
        return window

    def _rows(
        self, table: SourceTable, time_zone: str, window: Window
    ) -> Generator[pa.RecordBatch]:
        """The table's columns, all nullable, then META but for `_entry`."""
        columns = nullable(table.arrow_schema)
        query = _ROWS.format(
            queue=QUEUE,
            committed_at=self._committed_at,
            columns=select_from_image(table, time_zone),
            record=read_image(table),
            table_oid=sql.Literal(table.oid),
            past_done=self._past_done,
        )
        ordered = [*columns.names, *META.names[:-1]]
        for rows in copy_rows(self._connection, query, table, pa.schema([*_LEADING, *columns])):
            window.saw(pc.max(rows.column("_committed_at")).as_py())
            yield from rows.select(ordered).combine_chunks().to_batches()
