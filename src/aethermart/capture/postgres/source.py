"""A PostgreSQL shop: a snapshot of the pack's tables, then the queue, window by window.

Hand-over: triggers first, then one REPEATABLE READ transaction whose snapshot is both what the
tables are copied in and where the queue is read from. Nothing falls between, nothing comes twice.
A table captured anew later goes the same way: the queue up to that snapshot, then the table.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime

from psycopg import sql

from aethermart.capture.chunking import pieces_of
from aethermart.capture.postgres.connection import Connection, connect, explained
from aethermart.capture.postgres.install import QUEUE, install_queue
from aethermart.capture.postgres.position import PostgresPosition
from aethermart.capture.postgres.schema import SourceTable, discover
from aethermart.capture.postgres.snapshot import copy_table
from aethermart.capture.postgres.tables import TableWatch
from aethermart.capture.postgres.window import PAST_DONE, read_window
from aethermart.capture.source import CaptureState
from aethermart.core.clock import Clock, utc_now
from aethermart.core.entries import (
    Batch,
    Chunk,
    Control,
    Entry,
    Heartbeat,
    Position,
    SnapshotBegin,
    SnapshotEnd,
    new_entry_id,
)
from aethermart.log.chunks import ChunkStore

_log = logging.getLogger(__name__)
_SYSTEM = """
SELECT (SELECT system_identifier FROM pg_control_system())::text
       || '/' || (SELECT timeline_id FROM pg_control_checkpoint())::text
       || '/' || (SELECT oid FROM pg_database WHERE datname = current_database())::text,
       current_setting('track_commit_timestamp') = 'on'
"""
_HAS_ROWS = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {})").format(QUEUE, PAST_DONE)
_CLEAN = sql.SQL("DELETE FROM {} WHERE tx < pg_snapshot_xmin(%s::pg_snapshot)").format(QUEUE)
_CLEAN_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class PostgresShop:
    """What the source needs to know of its shop."""

    name: str
    dsn: str = field(repr=False)
    tables: Sequence[str]
    schema: str = "public"
    time_zone: str = "UTC"
    allow_ddl: bool = False


class PostgresSource:
    """Source over one PostgreSQL database."""

    def __init__(
        self,
        shop: PostgresShop,
        state: CaptureState,
        chunks: ChunkStore,
        clock: Clock = utc_now,
    ) -> None:
        self.shop = shop.name
        self._settings = shop
        self._chunks = chunks
        self._clock = clock
        self._watch = TableWatch(shop.name, state)
        self._state = state
        self._connection: Connection | None = None
        self._system = ""
        self._commit_times = False
        self._installed: set[str] = set()
        self._cleaned_at = 0.0

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        with explained(self.shop):
            connection = self._connected()
            at = PostgresPosition.parse(after) if after else PostgresPosition(self._system, None)
            if at.system != self._system:
                _log.warning("%s: another server or timeline; capturing it anew", self.shop)
                at = PostgresPosition(self._system, None)
            if at.done is None:
                yield from self._snapshot(connection, after, at, self._settings.tables)
                return
            wanted = sorted({*at.snapshotting, *self._state.requested_snapshots(self.shop)})
            if wanted:
                yield from self._snapshot(connection, after, at, wanted)
                return
            with _reading(connection, self._clock) as moment:
                if heartbeat or _has_rows(connection, at):
                    yield from self._window(connection, after, at, moment, heartbeat=heartbeat)

    def acknowledge(self, position: Position) -> None:
        """Delete what every later read would skip; a stale queue costs the shop space and time."""
        now = time.monotonic()
        at = PostgresPosition.parse(position)
        if at.done is None or now - self._cleaned_at < _CLEAN_EVERY_S:
            return
        self._cleaned_at = now
        with explained(self.shop):
            connection = self._connected()
            connection.execute(
                sql.SQL("DELETE FROM {} WHERE tx < pg_snapshot_xmin(%s::pg_snapshot)").format(
                    QUEUE
                ),
                [at.done],
            )

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connected(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = connect(self._settings.dsn, self.shop)
            row = self._connection.execute(_SYSTEM).fetchone()
            if row is not None:
                self._system, self._commit_times = row
        return self._connection

    def _window(
        self,
        connection: Connection,
        after: Position | None,
        at: PostgresPosition,
        moment: _Moment,
        *,
        heartbeat: bool,
    ) -> Iterator[Entry]:
        """The queue from `at.done` to the open transaction's snapshot, as one entry."""
        changed, running = self._watch.compare(self._discover(connection))
        entry = new_entry_id()
        window = read_window(
            connection,
            at.done or moment.snapshot,
            entry,
            running,
            self._chunks,
            time_zone=self._settings.time_zone,
            commit_times=self._commit_times,
        )
        controls: list[Control] = [*changed, *window.controls]
        if not window.parts and not controls:
            if not heartbeat:
                return
            controls = [Heartbeat()]
        yield Entry(
            shop=self.shop,
            id=entry,
            start=after,
            end=replace(at, done=moment.snapshot, step=0).text(),
            captured_at=moment.read_at,
            committed_at=window.committed_at,
            time_kind="commit" if self._commit_times else "statement",
            parts=tuple(window.parts),
            controls=tuple(controls),
        )
        # Past the yield the log has the entry: only now may the schemas count as announced.
        self._watch.announced(changed)

    def _snapshot(
        self,
        connection: Connection,
        after: Position | None,
        at: PostgresPosition,
        names: Sequence[str],
    ) -> Iterator[Entry]:
        """Capture tables anew: queue up to a snapshot, the tables in it, then on from there."""
        self._install(connection, names)
        with _reading(connection, self._clock) as moment:
            if at.done is not None:
                for entry in self._window(connection, after, at, moment, heartbeat=True):
                    yield entry
                    after = entry.end
                at = replace(at, done=moment.snapshot)
            tables = self._watch.capturable(self._discover(connection), names)
            yield from self._copy(connection, after, at, moment, tables)
            self._watch.captured(tables)

    def _copy(
        self,
        connection: Connection,
        after: Position | None,
        at: PostgresPosition,
        moment: _Moment,
        tables: dict[str, SourceTable],
    ) -> Iterator[Entry]:
        snapshot = new_entry_id()
        names = tuple(tables)
        schemas = [table.announced for table in tables.values()]
        under_way = replace(at, snapshotting=names)
        steps = _Steps(self.shop, after, under_way, moment.read_at)
        yield steps.entry(controls=(*schemas, SnapshotBegin(snapshot, names)))
        self._watch.announced(schemas)
        for table in tables.values():
            rows = copy_table(
                connection,
                self._settings.schema,
                table,
                time_zone=self._settings.time_zone,
                read_at=moment.read_at,
            )
            for entry_id, part in pieces_of(table.name, rows, self._chunks):
                yield steps.entry(entry_id=entry_id, parts=(part,))
        end = PostgresPosition(at.system, moment.snapshot)
        yield steps.entry(controls=(SnapshotEnd(snapshot, names),), end=end)

    def _install(self, connection: Connection, names: Sequence[str]) -> None:
        """Triggers on the tables, before any snapshot of them is taken."""
        if not self._settings.allow_ddl:
            return
        with connection.transaction():
            for table in self._watch.capturable(self._discover(connection), names).values():
                install_queue(connection, self._settings.schema, table)

    def _discover(self, connection: Connection) -> dict[str, SourceTable]:
        return discover(connection, self._settings.schema, self._settings.tables)


@dataclass(frozen=True, slots=True)
class _Moment:
    """The snapshot of a reading transaction; every commit before `read_at` is visible in it."""

    read_at: datetime
    snapshot: str


@contextmanager
def _reading(connection: Connection, clock: Clock) -> Iterator[_Moment]:
    """One REPEATABLE READ transaction: each statement in it sees the same snapshot."""
    connection.execute("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        read_at = clock()  # before the first statement, which takes the snapshot
        row = connection.execute("SELECT pg_current_snapshot()::text").fetchone()
        yield _Moment(read_at, str(row[0]) if row else "")
    finally:
        if not connection.closed:
            connection.execute("ROLLBACK")


def _has_rows(connection: Connection, at: PostgresPosition) -> bool:
    row = connection.execute(_HAS_ROWS, {"done": at.done}).fetchone()
    return row is not None and bool(row[0])


@dataclass(slots=True)
class _Steps:
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
