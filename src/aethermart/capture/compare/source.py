"""Any shop by SELECT alone: a snapshot of the pack's tables, then what differs, pass by pass.

Each pass sees one state of the shop, where the engine can, and becomes one entry: an order comes
with its lines. What it found is laid down beside the log before the log has the entry (state.py).
When a row changed cannot be known: `committed_at` is when the pass saw it, time kind `snapshot`.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import pyarrow as pa

from aethermart.capture.chunking import INLINE_BYTES, INLINE_ROWS, parts_of, pieces_of, read_rows
from aethermart.capture.compare.differ import Differ, LeafCutter, Load
from aethermart.capture.compare.position import ComparePosition
from aethermart.capture.compare.reader import ComparedTable, ShopReader, View
from aethermart.capture.compare.settings import CompareSettings
from aethermart.capture.compare.state import CompareState
from aethermart.capture.compare.watch import CompareWatch
from aethermart.capture.source import CaptureState, UnfitValue
from aethermart.core import failpoints
from aethermart.core.clock import Clock, utc_now
from aethermart.core.entries import (
    META,
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
from aethermart.core.files import only_one
from aethermart.log.chunks import ChunkStore

_log = logging.getLogger(__name__)
_ASK_EVERY_S = 1.0  # how soon a request for a snapshot is heard between two passes
_PASS_ROWS = 1 << 32  # positions of a pass: room for this many changed rows of one table


@dataclass(frozen=True, slots=True)
class ComparedShop:
    """folder   of the state
    every_s  pause between two passes
    """

    name: str
    tables: Sequence[str]
    folder: Path
    every_s: float = 10.0
    settings: CompareSettings = field(default_factory=CompareSettings)


@dataclass(frozen=True, slots=True)
class _Session:
    reader: ShopReader
    state: CompareState
    watch: CompareWatch
    held: ExitStack


class CompareSource:
    """Source over any shop that a ShopReader reads.

    connect  makes the reader; called when it is first needed, and after an error
    """

    def __init__(
        self,
        shop: ComparedShop,
        connect: Callable[[], ShopReader],
        state: CaptureState,
        chunks: ChunkStore,
        clock: Clock = utc_now,
    ) -> None:
        self.shop = shop.name
        self.load = Load()
        self._shop = shop
        self._connect = connect
        self._capture_state = state
        self._chunks = chunks
        self._clock = clock
        self._session: _Session | None = None
        self._next_pass_at = self._asked_at = float("-inf")

    def read(self, after: Position | None, *, heartbeat: bool) -> Iterator[Entry]:
        if not self._due():
            return
        session = self._opened()
        done = False
        try:
            yield from self._pass(session, after, heartbeat=heartbeat)
            done = True
        finally:
            self._next_pass_at = time.monotonic() + (self._shop.every_s if done else 0.0)
            if not done:
                self.close()  # after an error, or an entry that the log did not take

    def acknowledge(self, position: Position) -> None:
        """Nothing is kept for the log in the shop."""

    def close(self) -> None:
        if self._session is not None:
            self._session.held.close()
            self._session = None

    def _due(self) -> bool:
        now = time.monotonic()
        if self._session is None or now >= self._next_pass_at:
            return True
        if now - self._asked_at < _ASK_EVERY_S:
            return False
        self._asked_at = now
        return bool(self._session.watch.requested())

    def _opened(self) -> _Session:
        if self._session is None:
            folder, told = self._shop.folder, f"capture of {self.shop}"
            with ExitStack() as opening:
                opening.enter_context(only_one(folder / "lock", told))
                state = CompareState(folder)
                opening.callback(state.close)
                reader = self._connect()
                opening.callback(reader.close)
                watch = CompareWatch(self.shop, self._shop.tables, self._capture_state)
                self._session = _Session(reader, state, watch, opening.pop_all())
        return self._session

    def _pass(
        self, session: _Session, after: Position | None, *, heartbeat: bool
    ) -> Iterator[Entry]:
        state, watch = session.state, session.watch
        at = ComparePosition.parse(after)
        if not state.agree(at.base):
            if at.number:
                _log.warning(
                    "%s: what is remembered of it is not what the log has; capturing it anew",
                    self.shop,
                )
            state.forget()
            at = replace(at, snapshotting=())
            again = {*self._shop.tables}
        else:
            again = {*at.snapshotting} | watch.requested()
        with session.reader.view(self._shop.tables) as view:
            kept = state.fingerprints()
            if view.unchanged and not again and kept:
                if heartbeat:
                    yield self._heartbeat(after, at, view)
                return
            found = session.reader.discover(self._shop.tables)
            running, anew = watch.sorted_out(found, kept, again)
            entry = self._compared(session, after, at, view, running)
            if entry is not None:
                yield entry
                after, at = entry.end, ComparePosition.parse(entry.end)
                state.settle()
                failpoints.reached("capture.pass_settled")
                watch.announced(running)
            if anew:
                yield from self._snapshot(session, after, at, view, anew)
            elif entry is None and heartbeat:
                yield self._heartbeat(after, replace(at, snapshotting=()), view)

    def _compared(
        self,
        session: _Session,
        after: Position | None,
        at: ComparePosition,
        view: View,
        tables: Sequence[ComparedTable],
    ) -> Entry | None:
        """What differs in these tables, as one entry, laid down in the state; None for nothing."""
        state, entry_id = session.state, new_entry_id()
        end = ComparePosition(at.number + 1, secrets.token_hex(8))
        parts: list[Batch | Chunk] = []
        read: list[ComparedTable] = []
        with state.preparing():
            for table in tables:
                differ = Differ(session.reader, state, table, self._shop.settings)
                try:
                    parts += self._parts(entry_id, differ, end, view, sum(map(_rows, parts)))
                    read.append(table)
                except UnfitValue as error:
                    state.withdraw(table.name)
                    session.watch.stop(error.table, error.cause, error.fix)
                finally:
                    self.load.add(differ.load)
            news = [t.announced for t in session.watch.news(read)]
            if not parts and not news:
                return None
            state.prepare(end.base)
        failpoints.reached("capture.pass_prepared")
        return self._entry(
            after, end, view, entry_id=entry_id, parts=tuple(parts), controls=tuple(news)
        )

    def _parts(
        self, entry_id: str, differ: Differ, end: ComparePosition, view: View, inlined: int
    ) -> list[Batch | Chunk]:
        """One table's changes: small ones inline, as long as the entry is small; else chunks."""
        rows = self._numbered(differ, end, view)
        first: list[pa.RecordBatch] = []
        count = size = 0
        for batch in rows:
            first.append(batch)
            count += batch.num_rows
            size += batch.nbytes
            if count + inlined > INLINE_ROWS or size > INLINE_BYTES:
                break
        inline = count + inlined <= INLINE_ROWS and size <= INLINE_BYTES
        every = chain(first, rows)
        return [*parts_of(differ.table.name, entry_id, every, self._chunks, inline=inline)]

    def _numbered(
        self, differ: Differ, end: ComparePosition, view: View
    ) -> Iterator[pa.RecordBatch]:
        """The changes with META but for `_entry`; positions grow from pass to pass."""
        position = end.number * _PASS_ROWS
        for changes in differ.changes():
            count = changes.num_rows
            if not count:
                continue
            rows, ops = changes.drop_columns(["op"]), changes.column("op")
            made = read_rows(rows, position, view.read_at)
            place = made.schema.get_field_index("_op")
            made = made.set_column(place, META.field("_op"), ops)
            position += count
            yield from made.combine_chunks().to_batches()

    def _snapshot(
        self,
        session: _Session,
        after: Position | None,
        at: ComparePosition,
        view: View,
        tables: Sequence[ComparedTable],
    ) -> Iterator[Entry]:
        """Read tables anew, in the view that the others were compared in."""
        state, watch = session.state, session.watch
        names, snapshot = tuple(table.name for table in tables), new_entry_id()
        under_way = replace(at, snapshotting=names)
        end = ComparePosition(at.number + 1, secrets.token_hex(8))
        whole = list(names)
        with state.preparing():
            step = replace(under_way, step=under_way.step + 1)
            schemas = [table.announced for table in tables]
            controls: tuple[Control, ...] = (*schemas, SnapshotBegin(snapshot, names))
            yield self._entry(after, step, view, controls=controls)
            after = step.text()
            watch.announced(tables)
            for table in tables:
                rows = self._rows(session, table, view)
                try:
                    for entry_id, part in pieces_of(table.name, rows, self._chunks):
                        step = replace(step, step=step.step + 1)
                        yield self._entry(after, step, view, entry_id=entry_id, parts=(part,))
                        after = step.text()
                except UnfitValue as error:
                    state.withdraw(table.name)
                    watch.stop(error.table, error.cause, error.fix)
                    whole.remove(table.name)
            state.prepare(end.base)
        failpoints.reached("capture.pass_prepared")
        yield self._entry(after, end, view, controls=(SnapshotEnd(snapshot, tuple(whole)),))
        state.settle()
        failpoints.reached("capture.pass_settled")
        watch.captured(whole)

    def _rows(
        self, session: _Session, table: ComparedTable, view: View
    ) -> Iterator[pa.RecordBatch]:
        settings = self._shop.settings
        session.state.renew(table.name, table.fingerprint)
        cutter = LeafCutter(session.state, table, None, settings.leaf_rows)
        position = 1
        for block in session.reader.pages(table.name, None, None, settings.page_rows):
            cutter.add(block.marks)
            self.load.rows += block.rows.num_rows
            rows = read_rows(block.rows, position, view.read_at)
            position += rows.num_rows
            yield from rows.combine_chunks().to_batches()
        cutter.end(None)

    def _heartbeat(self, after: Position | None, at: ComparePosition, view: View) -> Entry:
        return self._entry(after, at, view, controls=(Heartbeat(),))

    def _entry(
        self,
        start: Position | None,
        end: ComparePosition,
        view: View,
        *,
        entry_id: str | None = None,
        parts: tuple[Batch | Chunk, ...] = (),
        controls: tuple[Control, ...] = (),
    ) -> Entry:
        return Entry(
            shop=self.shop,
            id=entry_id or new_entry_id(),
            start=start,
            end=end.text(),
            captured_at=view.read_at,
            committed_at=view.read_at if parts else None,
            time_kind="snapshot",
            parts=parts,
            controls=controls,
        )


def _rows(part: Batch | Chunk) -> int:
    return 0 if isinstance(part, Chunk) else part.rows.num_rows
