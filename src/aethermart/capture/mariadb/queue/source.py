"""A MariaDB or MySQL shop: a snapshot of the pack's tables, then the queue, window by window.

Hand-over: triggers first, then one consistent snapshot, which is both what the tables are copied
in and where the queue is read from. Nothing falls between, nothing comes twice. A table captured
anew later goes the same way: the queue up to that snapshot, then the table.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from aethermart.capture.chunking import pieces_of
from aethermart.capture.compare.reader import ComparedTable
from aethermart.capture.compare.watch import CompareWatch
from aethermart.capture.mariadb.connection import connect
from aethermart.capture.mariadb.decode import Decoder
from aethermart.capture.mariadb.queue.gaps import Gaps
from aethermart.capture.mariadb.queue.install import QUEUE, has_queue, install_queue
from aethermart.capture.mariadb.queue.layout import Layout, RowsAs, layouts
from aethermart.capture.mariadb.queue.lines import LineReader
from aethermart.capture.mariadb.queue.position import QueuePosition
from aethermart.capture.mariadb.queue.server import (
    connect_writing,
    held_alone,
    mark_read,
    queue_explained,
    queue_name,
    require_capturable,
)
from aethermart.capture.mariadb.queue.snapshot import copy_table
from aethermart.capture.mariadb.queue.status import active_transactions
from aethermart.capture.mariadb.queue.tables import look
from aethermart.capture.mariadb.queue.window import QueueReader, clean_queue, seen_ranges
from aethermart.capture.source import CaptureState, UnfitValue
from aethermart.capture.steps import SnapshotSteps
from aethermart.core import failpoints
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
from aethermart.core.errors import NotFound
from aethermart.log.chunks import ChunkStore
from aethermart.servers.mysql_client import parse_address

_log = logging.getLogger(__name__)
_CLEAN_EVERY_S = 2.0
_LOOK_EVERY_S = 1.0  # how soon a change of the tables, or a request for a snapshot, is heard


@dataclass(frozen=True, slots=True)
class MariadbShop:
    """What the source needs to know of its shop."""

    name: str
    dsn: str = field(repr=False)
    tables: Sequence[str]
    time_zone: str = "UTC"
    allow_ddl: bool = False
    rows_as: RowsAs = "image"


@dataclass(slots=True)
class _Session:
    """What holds as long as its two connections do.

    asking   what is committed now, and all writing; reading: consistent snapshots
    """

    asking: Any
    reading: Any
    queue: str
    reads: int
    watch: CompareWatch
    looked_at: float = float("-inf")
    running: list[ComparedTable] = field(default_factory=list)
    layouts: dict[str, tuple[int, Layout]] = field(default_factory=dict)  # of tables, by name
    _gaps: tuple[Position | None, Gaps] | None = None

    def taken_gaps(self, after: Position | None, at: QueuePosition) -> Gaps:
        """The gaps at a position; until they are kept again, the log may not have what they say."""
        held, self._gaps = self._gaps, None
        if held is not None and held[0] == after:
            return held[1]
        return Gaps(at.last or 0, at.missing)

    def keep_gaps(self, gaps: Gaps, at: Position | None) -> None:
        self._gaps = (at, gaps)


class MariadbQueueSource:
    """Source over one MariaDB or MySQL database."""

    def __init__(
        self,
        shop: MariadbShop,
        state: CaptureState,
        chunks: ChunkStore,
        clock: Clock = utc_now,
    ) -> None:
        self.shop = shop.name
        self._shop = shop
        self._address = parse_address(shop.dsn, shop.name)
        self._state = state
        self._chunks = chunks
        self._clock = clock
        self._lines = LineReader(Decoder(shop.name, shop.time_zone))
        self._session: _Session | None = None
        self._cleaned_at = float("-inf")

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        done = False
        try:
            with queue_explained(self.shop, self._address.user):
                yield from self._read(self._opened(), after, heartbeat=heartbeat)
            done = True
        finally:
            if not done:
                self.close()  # in the middle of a result, or of unknown state

    def acknowledge(self, position: Position) -> None:
        """Delete what every later read would skip; a stale queue costs the shop space and time."""
        now, session = time.monotonic(), self._session
        at = QueuePosition.parse(position)
        if session is None or at.last is None or now - self._cleaned_at < _CLEAN_EVERY_S:
            return
        if at.queue == session.queue:
            with queue_explained(self.shop, self._address.user):
                clean_queue(session.asking, at.lowest)
        self._cleaned_at = now

    def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            for connection in (session.reading, session.asking):
                if connection.open:
                    connection.close()

    def _opened(self) -> _Session:
        if self._session is None:
            asking = connect_writing(self._shop.dsn, self.shop)
            try:
                require_capturable(asking, self.shop)
                held_alone(asking, self.shop, self._address.database)
                active_transactions(asking)  # the right to it is needed sooner or later
                queue, reads = queue_name(asking)
                watch = CompareWatch(self.shop, self._shop.tables, self._state)
                reading = connect(self._shop.dsn, self.shop, 0)
            except BaseException:
                asking.close()
                raise
            self._session = _Session(asking, reading, queue, reads, watch)
        return self._session

    def _read(
        self, session: _Session, after: Position | None, *, heartbeat: bool
    ) -> Iterator[Entry]:
        at = QueuePosition.parse(after)
        if at.queue != session.queue or at.reads > session.reads:
            if at.queue:
                _log.warning(
                    "%s: another server or queue, or one that was put back; capturing it anew",
                    self.shop,
                )
            at = QueuePosition(session.queue)
        if at.last is None:
            yield from self._snapshot(session, after, at, self._shop.tables)
            return
        again = {*at.snapshotting}
        if heartbeat or time.monotonic() - session.looked_at >= _LOOK_EVERY_S:
            again |= self._look(session, again)
        if again:
            names = [name for name in self._shop.tables if name in again]
            yield from self._snapshot(session, after, at, names)
            return
        with self._view(session) as read_at:
            yield from self._window(session, after, at, read_at, heartbeat=heartbeat)

    def _look(self, session: _Session, again: Collection[str]) -> set[str]:
        """Look at the tables; returns those to be captured anew."""
        anew = self._sort_out(session, again, mends=self._shop.allow_ddl)
        session.looked_at = time.monotonic()
        return {table.name for table in anew}

    def _sort_out(
        self, session: _Session, again: Collection[str], *, mends: bool
    ) -> list[ComparedTable]:
        watch, known = session.watch, layouts(session.asking)
        found = look(session.asking, self._address.user, self._shop.tables)
        compared = {
            name: of.compared(known, self._shop.time_zone, mends=mends)
            for name, of in found.items()
        }
        wanted = {*again, *watch.requested()}
        session.running, anew = watch.sorted_out(compared, watch.kept(), wanted)
        session.layouts = {
            table.name: (number, known[number])
            for table in (*session.running, *anew)
            if (number := found[table.name].layout) is not None and number in known
        }
        return anew

    @contextmanager
    def _view(self, session: _Session) -> Iterator[datetime]:
        """One consistent snapshot; every commit before the moment given is in it."""
        read_at = self._clock()
        with session.reading.cursor() as cursor:
            cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        yield read_at
        session.reading.rollback()  # after an error the connection is closed

    def _window(
        self,
        session: _Session,
        after: Position | None,
        at: QueuePosition,
        read_at: datetime,
        *,
        heartbeat: bool,
    ) -> Iterator[Entry]:
        """The queue from `at` to the open snapshot, as one entry."""
        watch, gaps = session.watch, session.taken_gaps(after, at)
        wanted = dict(session.layouts[table.name] for table in session.running)
        entry = new_entry_id()
        try:
            reader = QueueReader(session.reading, session.asking, gaps)
            window = reader.window(entry, wanted, self._lines, self._chunks)
        except UnfitValue as error:
            watch.stop(error.table, error.cause, error.fix)
            session.looked_at = float("-inf")
            return  # the next look reads the others
        if window.untold:
            names = {layout.table.name for n, layout in wanted.items() if n in window.untold}
            self._state.request_snapshot(self.shop, names)
            session.looked_at = float("-inf")
        if window.seen:
            session.reads = mark_read(session.asking)
            failpoints.reached("capture.queue_read")
        controls: list[Control] = [t.announced for t in watch.news(session.running)]
        if not window.parts and not controls:
            if not heartbeat:
                session.keep_gaps(gaps, after)
                return
            controls = [Heartbeat()]
        end = replace(
            at, last=gaps.last, missing=tuple(gaps.missing), reads=session.reads, step=0
        ).text()
        yield Entry(
            shop=self.shop,
            id=entry,
            start=after,
            end=end,
            captured_at=read_at,
            committed_at=window.committed_at,
            time_kind="statement",
            parts=tuple(window.parts),
            controls=tuple(controls),
        )
        # Past the yield the log has the entry: only now may it count as read, or announced.
        session.keep_gaps(gaps, end)
        watch.announced(session.running)

    def _snapshot(
        self,
        session: _Session,
        after: Position | None,
        at: QueuePosition,
        names: Collection[str],
    ) -> Iterator[Entry]:
        """Capture tables anew: queue up to a snapshot, the tables in it, then on from there."""
        self._prepare(session, names)
        at = replace(at, queue=session.queue, snapshotting=tuple(names))
        anew = self._sort_out(session, names, mends=False)
        # Up to the snapshot they go on with the others, so that no order is seen without its lines.
        session.running += session.watch.followed(anew)
        with self._view(session) as read_at:
            if at.last is None:
                last, missing = seen_ranges(session.reading)
                at = replace(at, missing=tuple(missing))
            else:
                entry = None
                for entry in self._window(session, after, at, read_at, heartbeat=True):
                    yield entry
                    after = entry.end
                if entry is None:
                    return  # a table was stopped on the way
                at = QueuePosition.parse(after)
                last = at.last or 0
            yield from self._copy(session, after, at, last, read_at, anew)

    def _copy(
        self,
        session: _Session,
        after: Position | None,
        at: QueuePosition,
        last: int,
        read_at: datetime,
        tables: Sequence[ComparedTable],
    ) -> Iterator[Entry]:
        watch, snapshot = session.watch, new_entry_id()
        names = tuple(table.name for table in tables)
        steps = SnapshotSteps(self.shop, after, at, read_at)
        schemas = [table.announced for table in tables]
        yield steps.entry(controls=(*schemas, SnapshotBegin(snapshot, names)))
        watch.announced(tables)
        whole = list(names)
        for name in names:
            _, layout = session.layouts[name]
            try:
                with closing(copy_table(session.reading, layout, self._lines, read_at)) as rows:
                    for entry_id, part in pieces_of(name, rows, self._chunks):
                        yield steps.entry(entry_id=entry_id, parts=(part,))
            except UnfitValue as error:
                watch.stop(error.table, error.cause, error.fix)
                whole.remove(name)
        session.reads = mark_read(session.asking)
        end = QueuePosition(at.queue, last, at.missing, session.reads)
        yield steps.entry(controls=(SnapshotEnd(snapshot, tuple(whole)),), end=end)
        watch.captured(whole)
        session.looked_at = float("-inf")

    def _prepare(self, session: _Session, names: Collection[str]) -> None:
        """Queue and triggers, before any snapshot is taken."""
        if self._shop.allow_ddl:
            found = look(session.asking, self._address.user, self._shop.tables)
            suitable = [
                of.table
                for name, of in found.items()
                if name in names and of.fault is None and of.table.key
            ]
            install_queue(session.asking, suitable, self._shop.rows_as)
        elif not has_queue(session.asking):
            raise NotFound(
                f"shop {self.shop}: {self._address.database} has no change queue, and allow_ddl is"
                " off, so none is made",
                fix="set allow_ddl for this shop, once with a user who may create: it makes"
                f" {QUEUE} and two tables beside it, and triggers on the pack's tables, nothing"
                ' else; or set capture = "compare", which needs SELECT alone',
            )
        session.queue, session.reads = queue_name(session.asking)
