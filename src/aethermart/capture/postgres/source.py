"""A PostgreSQL shop: a snapshot of the pack's tables, then the queue, window by window.

Hand-over: triggers first, then one REPEATABLE READ transaction whose snapshot is both what the
tables are copied in and where the queue is read from. Nothing falls between, nothing comes twice.
A table captured anew later goes the same way: the queue up to that snapshot, then the table.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace

import pyarrow as pa
from psycopg import sql

from aethermart.capture.chunking import pieces_of
from aethermart.capture.postgres.connection import Connection, connect, explained
from aethermart.capture.postgres.install import QUEUE, has_queue, install_queue
from aethermart.capture.postgres.position import PostgresPosition
from aethermart.capture.postgres.reading import Moment, reading
from aethermart.capture.postgres.schema import SourceTable, discover
from aethermart.capture.postgres.server import Server, identify
from aethermart.capture.postgres.snapshot import copy_table
from aethermart.capture.postgres.tables import TableWatch, obstacle
from aethermart.capture.postgres.window import QueueReader
from aethermart.capture.source import CaptureState, UnfitValue
from aethermart.capture.steps import SnapshotSteps
from aethermart.core.clock import Clock, utc_now
from aethermart.core.entries import (
    Control,
    Entry,
    Heartbeat,
    Position,
    SnapshotBegin,
    SnapshotEnd,
    new_entry_id,
)
from aethermart.core.errors import Forbidden, NotFound
from aethermart.core.schemas import Schemas
from aethermart.log.chunks import ChunkStore

_log = logging.getLogger(__name__)
_CLEAN = sql.SQL("DELETE FROM {} WHERE tx < pg_snapshot_xmin(%s::pg_snapshot)").format(QUEUE)
_EMPTY = sql.SQL("DELETE FROM {}").format(QUEUE)
_CLEAN_EVERY_S = 2.0
_ASK_EVERY_S = 1.0  # how soon a request for a snapshot is heard on a busy shop


@dataclass(frozen=True, slots=True)
class PostgresShop:
    """What the source needs to know of its shop. schema: one or several, see Schemas."""

    name: str
    dsn: str = field(repr=False)
    tables: Sequence[str]
    schema: str = "public"
    time_zone: str = "UTC"
    allow_ddl: bool = False


@dataclass(frozen=True, slots=True)
class _Session:
    """What holds as long as one connection does."""

    connection: Connection
    server: Server
    watch: TableWatch


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
        self._schemas = Schemas.of(shop.schema)
        self._state = state
        self._chunks = chunks
        self._clock = clock
        self._session: _Session | None = None
        self._cleaned_at = self._asked_at = float("-inf")

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        with explained(self.shop):
            session = self._opened()
            system = session.server.system
            at = PostgresPosition.parse(after) if after else PostgresPosition(system, None)
            if at.system != system:
                _log.warning("%s: another server or timeline; capturing it anew", self.shop)
                at = PostgresPosition(system, None)
            if at.done is None:
                yield from self._snapshot(session, after, at, self._settings.tables)
                return
            wanted = {*at.snapshotting, *self._wanted(session, asked=heartbeat)}
            if names := [name for name in self._settings.tables if name in wanted]:
                yield from self._snapshot(session, after, at, names)
                return
            with reading(session.connection, self._clock) as moment:
                yield from self._window(session, after, at, moment, heartbeat=heartbeat)

    def acknowledge(self, position: Position) -> None:
        """Delete what every later read would skip; a stale queue costs the shop space and time."""
        now = time.monotonic()
        at = PostgresPosition.parse(position)
        if at.done is None or now - self._cleaned_at < _CLEAN_EVERY_S:
            return
        with explained(self.shop):
            session = self._opened()
            if at.system == session.server.system:
                session.connection.execute(_CLEAN, [at.done])
        self._cleaned_at = now

    def close(self) -> None:
        if self._session is not None:
            self._session.connection.close()
            self._session = None

    def _opened(self) -> _Session:
        if self._session is None or self._session.connection.closed:
            connection = connect(self._settings.dsn, self.shop)
            try:
                server = identify(connection, self.shop)
                watch = TableWatch(self.shop, self._settings.tables, self._state)
            except BaseException:
                connection.close()
                raise
            self._session = _Session(connection, server, watch)
        return self._session

    def _wanted(self, session: _Session, *, asked: bool) -> set[str]:
        """Tables to capture anew; the platform is asked once a second, or when `asked`."""
        now = time.monotonic()
        if not asked and now - self._asked_at < _ASK_EVERY_S:
            return set()
        self._asked_at = now
        return session.watch.wanted()

    def _window(
        self,
        session: _Session,
        after: Position | None,
        at: PostgresPosition,
        moment: Moment,
        *,
        heartbeat: bool,
    ) -> Iterator[Entry]:
        """The queue from `at.done` to the open transaction's snapshot, as one entry."""
        connection, watch = session.connection, session.watch
        commit_times = session.server.commit_times
        reader = QueueReader(connection, at.done or moment.snapshot, commit_times=commit_times)
        waiting = reader.waiting()
        if not waiting and not heartbeat:
            return
        changed, running = watch.compare(
            self._discover(connection),
            emptied={oid for oid, of in waiting.items() if of.truncates},
            untold={oid for oid, of in waiting.items() if of.untold},
        )
        entry = new_entry_id()
        try:
            window = reader.window(entry, waiting, running, self._chunks, self._settings.time_zone)
        except UnfitValue as error:
            watch.stop(error.table, error.cause, error.fix)
            return  # the next look reads the others
        controls: list[Control] = [*(table.announced for table in changed), *window.truncates]
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
            time_kind="commit" if commit_times else "statement",
            parts=tuple(window.parts),
            controls=tuple(controls),
        )
        # Past the yield the log has the entry: only now may the schemas count as announced.
        watch.announced(running.values())

    def _snapshot(
        self,
        session: _Session,
        after: Position | None,
        at: PostgresPosition,
        names: Collection[str],
    ) -> Iterator[Entry]:
        """Capture tables anew: queue up to a snapshot, the tables in it, then on from there."""
        connection, watch = session.connection, session.watch
        at = replace(at, snapshotting=tuple(names))
        lock = self._prepare(connection, names, anew=at.done is None)
        with reading(connection, self._clock, lock) as moment:
            if at.done is not None:
                entry = None
                for entry in self._window(session, after, at, moment, heartbeat=True):
                    yield entry
                    after = entry.end
                if entry is None:
                    return  # a table was stopped on the way, and the transaction with it
                at = replace(at, done=moment.snapshot)
            tables = watch.capturable(self._discover(connection), names)
            yield from self._copy(session, after, at, moment, tables)

    def _copy(
        self,
        session: _Session,
        after: Position | None,
        at: PostgresPosition,
        moment: Moment,
        tables: dict[str, SourceTable],
    ) -> Iterator[Entry]:
        connection, watch = session.connection, session.watch
        snapshot, whole = new_entry_id(), list(tables)
        steps = SnapshotSteps(self.shop, after, at, moment.read_at)
        schemas = [table.announced for table in tables.values()]
        yield steps.entry(controls=(*schemas, SnapshotBegin(snapshot, tuple(tables))))
        watch.announced(tables.values())
        for table in tables.values():
            try:
                with (
                    connection.transaction(),  # a savepoint: the snapshot outlives a failure
                    closing(self._rows(connection, table, moment)) as rows,
                ):
                    for entry_id, part in pieces_of(table.name, rows, self._chunks):
                        yield steps.entry(entry_id=entry_id, parts=(part,))
            except UnfitValue as error:
                watch.stop(error.table, error.cause, error.fix)
                whole.remove(error.table)
        end = PostgresPosition(at.system, moment.snapshot)
        yield steps.entry(controls=(SnapshotEnd(snapshot, tuple(whole)),), end=end)
        watch.captured(whole)

    def _rows(
        self, connection: Connection, table: SourceTable, moment: Moment
    ) -> Generator[pa.RecordBatch]:
        return copy_table(
            connection,
            table,
            time_zone=self._settings.time_zone,
            read_at=moment.read_at,
        )

    def _prepare(
        self, connection: Connection, names: Collection[str], *, anew: bool
    ) -> list[sql.Identifier]:
        """Rights, queue and triggers, before any snapshot is taken; the tables to lock for it."""
        found = self._discover(connection)
        suitable = [found[name] for name in names if obstacle(found.get(name))[0] is None]
        self._require_rights(connection, suitable)
        if self._settings.allow_ddl:
            install_queue(connection, suitable)
        elif not has_queue(connection):
            raise NotFound(
                f"shop {self.shop}: {connection.info.dbname} has no change queue, and allow_ddl is"
                " off, so none is made",
                fix="set allow_ddl for this shop, once with a user who may create: it makes schema"
                " aethermart_capture and triggers on the pack's tables, nothing else; or set"
                ' capture = "compare", which needs SELECT alone',
            )
        if anew:
            connection.execute(_EMPTY)  # all of it is in the snapshot to come, or of another server
        return [table.identifier for table in suitable]

    def _require_rights(self, connection: Connection, tables: Sequence[SourceTable]) -> None:
        denied = [table.name for table in tables if not table.readable]
        if denied:
            user = connection.info.user
            raise Forbidden(
                f"shop {self.shop}: user {user!r} may not read {', '.join(denied)}",
                fix=f"GRANT SELECT ON {', '.join(denied)} TO {user}",
            )

    def _discover(self, connection: Connection) -> dict[str, SourceTable]:
        return discover(connection, self._schemas, self._settings.tables)
