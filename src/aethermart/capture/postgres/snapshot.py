"""Copy tables as they stood in one snapshot, and make the entries that carry them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import datetime

import pyarrow as pa
from psycopg import sql

from aethermart.capture.chunking import read_rows
from aethermart.capture.postgres.connection import Connection
from aethermart.capture.postgres.copying import copy_rows
from aethermart.capture.postgres.position import PostgresPosition
from aethermart.capture.postgres.schema import SourceTable, select_from_table
from aethermart.core.entries import Batch, Chunk, Control, Entry, Position, new_entry_id


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


@dataclass(slots=True)
class SnapshotSteps:
    """Makes the entries of one snapshot, each starting where the one before ended."""

    shop: str
    after: Position | None
    at: PostgresPosition
    read_at: datetime

    def entry(
        self,
        *,
        entry_id: str | None = None,
        parts: tuple[Batch | Chunk, ...] = (),
        controls: tuple[Control, ...] = (),
        end: PostgresPosition | None = None,
    ) -> Entry:
        self.at = end or replace(self.at, step=self.at.step + 1)
        start, self.after = self.after, self.at.text()
        return Entry(
            shop=self.shop,
            id=entry_id or new_entry_id(),
            start=start,
            end=self.after,
            captured_at=self.read_at,
            committed_at=self.read_at if parts else None,
            time_kind="snapshot",
            parts=parts,
            controls=controls,
        )
