"""One transaction of the mirror on one shop: entries in, rows and touched keys out.

Consecutive plain entries are coalesced: of several changes to a key only the newest is written.
An entry that carries a control record other than a heartbeat ends the run before it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime

import duckdb

from aethermart.core.entries import (
    Control,
    Entry,
    Heartbeat,
    LoggedEntry,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    Truncate,
)
from aethermart.core.errors import Terminal
from aethermart.log.chunks import ChunkStore
from aethermart.sinks.mirror import rows
from aethermart.sinks.mirror.rows import Incoming, OffsetPart
from aethermart.sinks.mirror.shop_tables import SchemaGate, ShopTables
from aethermart.sinks.mirror.tables import mirror_table, staging_table
from aethermart.sinks.mirror.touched import Route, Touched
from aethermart.sinks.mirror.touching import Touching


class MissingEntry(Terminal):
    """The log gave an entry that does not follow the last one applied."""


class MirrorTransaction:
    """Works inside the transaction that its caller began on `connection` and will commit."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        shop: str,
        chunks: ChunkStore,
        routes: Mapping[tuple[str, str], Route],
        gate: SchemaGate,
    ) -> None:
        self._connection = connection
        self._shop = shop
        self._chunks = chunks
        self._tables = ShopTables(connection, shop, gate)
        self._touching = Touching(connection, shop, routes, self._tables.exists)
        # fetchall: a result that is not read to its end would block the connection for `register`
        known_offsets = connection.execute(
            "SELECT log_offset, as_of, committed_at FROM mirror._offsets WHERE shop = ?", [shop]
        ).fetchall()
        self.applied: int = known_offsets[0][0] if known_offsets else 0
        self._as_of: datetime | None = known_offsets[0][1] if known_offsets else None
        self._committed_at: datetime | None = known_offsets[0][2] if known_offsets else None

    def apply(self, entries: Sequence[LoggedEntry]) -> None:
        run: list[LoggedEntry] = []
        for entry in entries:
            if entry.offset != self.applied + 1:
                raise MissingEntry(
                    f"{self._shop}: entry {entry.offset} does not follow entry {self.applied}",
                    fix="rebuild the mirror: `aethermart sink rebuild mirror`",
                )
            self.applied = entry.offset
            if all(isinstance(control, Heartbeat) for control in entry.entry.controls):
                run.append(entry)
            else:
                self._write_run(run)
                run = []
                self._apply_controlled(entry)
            self._note_times(entry.entry)
        self._write_run(run)

    def touched(self) -> Touched | None:
        """What changed, for the tables kept downstream; None for nothing."""
        return self._touching.answer()

    def save_offset(self, applied_at: datetime) -> None:
        self._connection.execute("DELETE FROM mirror._offsets WHERE shop = ?", [self._shop])
        self._connection.execute(
            "INSERT INTO mirror._offsets VALUES (?, ?, ?, ?, ?)",
            [self._shop, self.applied, self._as_of, self._committed_at, applied_at],
        )

    def _note_times(self, entry: Entry) -> None:
        if self._tables.any_staged():
            return  # rows read by an open snapshot are not visible yet: nothing is newer
        self._as_of = entry.captured_at
        if entry.committed_at is not None:
            self._committed_at = max(entry.committed_at, self._committed_at or entry.committed_at)

    def _apply_controlled(self, entry: LoggedEntry) -> None:
        controls = entry.entry.controls
        emptied = {c.table: c.position for c in controls if isinstance(c, Truncate)}
        for control in controls:
            self._before_rows(control)
        self._write_run([entry], emptied)
        for control in controls:
            if isinstance(control, SnapshotEnd) and self._tables.end_snapshot(control):
                self._touching.all_rows()

    def _before_rows(self, control: Control) -> None:
        if isinstance(control, TableSchema):
            self._tables.announce(control)
        elif isinstance(control, SnapshotBegin):
            self._tables.begin_snapshot(control)
        elif isinstance(control, Truncate) and self._tables.runs(control.table):
            self._connection.execute(f"DELETE FROM {mirror_table(self._shop, control.table)}")
            self._touching.all_rows()

    def _write_run(
        self, entries: Sequence[LoggedEntry], emptied: Mapping[str, int] | None = None
    ) -> None:
        parts: dict[str, list[OffsetPart]] = {}
        for entry in entries:
            for part in entry.entry.parts:
                parts.setdefault(part.table, []).append((entry.offset, part))
        for table, of_table in parts.items():
            with rows.unfit_rows_named(self._shop, table):
                self._write(table, of_table, (emptied or {}).get(table, -1))

    def _write(self, table: str, parts: Sequence[OffsetPart], past_position: int) -> None:
        """Rows that a snapshot read wait for its end; changes go into the table, if it runs."""
        runs, staged = self._tables.runs(table), self._tables.staged(table)
        if not runs and not staged:
            return
        schema = self._tables.schema(table)
        with closing(Incoming(self._connection, self._chunks, parts, read_once=staged)) as incoming:
            relation = incoming.relation
            if staged:
                staging = staging_table(self._shop, table)
                rows.append(self._connection, staging, schema, f"{relation} WHERE _op = 'r'")
                relation = f"(SELECT * FROM {relation} WHERE _op <> 'r')"
                runs = runs and rows.any_in(self._connection, relation)
            if runs:
                target = mirror_table(self._shop, table)
                values = rows.upsert(
                    self._connection,
                    target,
                    schema,
                    relation,
                    past_position,
                    few=None if staged else incoming.few,
                    asked=self._touching.asks_of(table),
                )
                self._touching.rows_of(table, values)
