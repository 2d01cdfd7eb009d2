"""One window of the queue as one entry: all that was committed since the last one.

The window's end is a consistent snapshot, in which each statement sees the same transactions, each
whole. Rows are streamed, however many there are; what does not fit in memory goes to chunks, and
still becomes one entry, applied whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from aethermart.capture import chunking
from aethermart.capture.chunking import parts_of
from aethermart.capture.mariadb.queue.gaps import Gaps, Range
from aethermart.capture.mariadb.queue.install import QUEUE
from aethermart.capture.mariadb.queue.layout import Layout
from aethermart.capture.mariadb.queue.lines import Change, LineReader
from aethermart.capture.mariadb.queue.packing import KEY_ONLY
from aethermart.capture.mariadb.queue.second_look import KeyChanges, changes_again
from aethermart.capture.mariadb.queue.status import active_transactions
from aethermart.core.entries import Batch, Chunk
from aethermart.log.chunks import ChunkStore
from aethermart.servers.mysql_client import LOCK_WAIT_TIMEOUT, pymysql

INLINE_ROWS = 50_000  # a window with more goes to chunks
INLINE_BYTES = 16 * 1024 * 1024
BLOCK_ROWS = 5_000
_CLEAN_IDS = 10_000  # a statement; more at once would keep more locks and undo
_RANGES_A_STATEMENT = 200
_UNTOLD = "x"
_SELECT = f"SELECT id, layout, op, row_line, happened_at FROM {QUEUE} WHERE "


@dataclass(slots=True)
class Window:
    """What one read of the queue gave.

    untold  layouts whose triggers met a change that they could not tell
    """

    parts: list[Batch | Chunk] = field(default_factory=list)
    committed_at: datetime | None = None
    untold: set[int] = field(default_factory=set)
    seen: int = 0


class QueueReader:
    """reading  within a consistent snapshot; asking: another connection of the same server"""

    def __init__(self, reading: Any, asking: Any, gaps: Gaps) -> None:
        self._reading = reading
        self._asking = asking
        self._gaps = gaps

    def window(
        self, entry: str, tables: Mapping[int, Layout], lines: LineReader, chunks: ChunkStore
    ) -> Window:
        """All there is to read; rows of other layouts than `tables` are passed over.

        Moves the gaps on. Raises UnfitValue.
        """
        gaps, window = self._gaps, Window()
        now = active_transactions(self._asking) if gaps.missing else None
        known = bool(gaps.missing)
        parts = _Parts(entry, chunks, window)
        builders = {n: _Builder(layout, lines, parts) for n, layout in tables.items()}
        found, fresh = list[int](), list[int]()
        for ids, condition in (
            *((found, where) for where in _conditions(gaps.wanted(now))),
            (fresh, f"id > {gaps.last}"),
        ):
            for block in self._blocks(condition):
                ids.extend(int(row[0]) for row in block)
                _sort_out(block, builders, window)
        for builder in builders.values():
            builder.end(self._reading)
        window.parts = parts.ended()
        window.seen = len(found) + len(fresh)
        if not known and fresh:
            skipped = fresh[-1] - gaps.last != len(fresh)
            now = active_transactions(self._asking) if skipped else None
        gaps.read(found, fresh, now)
        return window

    def _blocks(self, condition: str) -> Iterator[Sequence[Any]]:
        with closing(self._reading.cursor()) as cursor:
            cursor.execute(f"{_SELECT}{condition} ORDER BY id")
            while block := cursor.fetchmany(BLOCK_ROWS):
                yield block


def seen_ranges(reading: Any) -> tuple[int, list[Range]]:
    """The last id that the snapshot shows, 0 for none, and those below that it does not."""
    missing: list[Range] = []
    last = 0
    with closing(reading.cursor()) as cursor:
        cursor.execute(f"SELECT id FROM {QUEUE} ORDER BY id")
        while block := cursor.fetchmany(BLOCK_ROWS):
            for (text,) in block:
                number = int(text)
                if number > last + 1:
                    missing.append((last + 1, number - 1))
                last = number
    return last, missing


def clean_queue(asking: Any, lowest: int) -> None:
    """Delete the rows below an id below which nothing is to come, but for the last of them.

    The deletion locks the row past its last, and must not meet one whose transaction is open: it is
    a range of the key, whatever the optimizer thinks of it, for a scan of the table would wait at
    every row of an open transaction. What somebody holds after all is left for the next time.
    """
    with asking.cursor() as cursor:
        while True:
            cursor.execute(f"SELECT MIN(id), MAX(id) FROM {QUEUE} WHERE id < {lowest}")
            ((first, last),) = cursor.fetchall()
            if first == last:
                return
            end = min(int(first) + _CLEAN_IDS, int(last))
            try:
                cursor.execute(
                    f"DELETE q FROM {QUEUE} AS q FORCE INDEX (PRIMARY)"
                    f" WHERE q.id >= {int(first)} AND q.id < {end}"
                )
            except pymysql().err.OperationalError as error:
                if error.args[0] != LOCK_WAIT_TIMEOUT:
                    raise
                return


def _conditions(ranges: Sequence[Range]) -> Iterator[str]:
    for first in range(0, len(ranges), _RANGES_A_STATEMENT):
        some = ranges[first : first + _RANGES_A_STATEMENT]
        yield "(" + " OR ".join(f"id BETWEEN {low} AND {high}" for low, high in some) + ")"


def _sort_out(block: Iterable[Any], builders: Mapping[int, _Builder], window: Window) -> None:
    for number, layout, op, line, at in block:
        builder = builders.get(int(layout))
        if op == _UNTOLD:
            window.untold.add(int(layout))
        elif builder is not None:
            builder.add((int(number), op, line, at))


class _Parts:
    """Gathers batches of all tables: inline while they are few, else in chunks."""

    def __init__(self, entry: str, chunks: ChunkStore, window: Window) -> None:
        self._entry = entry
        self._chunks = chunks
        self._window = window
        self._held: dict[str, list[pa.RecordBatch]] = {}
        self._sizes: dict[str, list[int]] = {}
        self._made: list[Batch | Chunk] = []
        self._unordered: set[str] = set()
        self._spilled = False

    def add(self, table: str, rows: pa.Table, *, late: bool = False) -> None:
        """late  among the rows that came before are some past these"""
        if not rows.num_rows:
            return
        if late:
            self._unordered.add(table)
        latest = pc.max(rows.column("_committed_at")).as_py()
        if latest is not None:
            self._window.committed_at = max(latest, self._window.committed_at or latest)
        self._held.setdefault(table, []).extend(rows.combine_chunks().to_batches())
        size = self._sizes.setdefault(table, [0, 0])
        size[0] += rows.num_rows
        size[1] += rows.nbytes
        whole = [sum(sizes) for sizes in zip(*self._sizes.values(), strict=True)]
        if whole[0] > INLINE_ROWS or whole[1] > INLINE_BYTES:
            self._spilled = True
        if self._spilled and (size[0] >= chunking.CHUNK_ROWS or size[1] >= chunking.CHUNK_BYTES):
            self._flush(table)

    def ended(self) -> list[Batch | Chunk]:
        for table in list(self._held):
            self._flush(table)
        return self._made

    def _flush(self, table: str) -> None:
        held = self._held.pop(table)
        self._sizes.pop(table)
        if table in self._unordered:
            held = pa.Table.from_batches(held).sort_by("_position").to_batches()
        self._made += parts_of(table, self._entry, held, self._chunks, inline=not self._spilled)


class _Builder:
    """The changes of one table, block by block; those that are keys alone at the end."""

    def __init__(self, layout: Layout, lines: LineReader, parts: _Parts) -> None:
        self._layout = layout
        self._lines = lines
        self._parts = parts
        self._by_key = layout.rows_as == "key"
        self._rows: list[Change] = []
        self._again: list[Change] = []
        self._keys = KeyChanges()

    def add(self, change: Change) -> None:
        _, op, line, _ = change
        alone = self._by_key or (op != "d" and line.startswith(KEY_ONLY))
        (self._again if alone else self._rows).append(change)
        if len(self._rows) + len(self._again) >= BLOCK_ROWS:
            self._turn()

    def end(self, reading: Any) -> None:
        """reading  past its last row: the rows of keys alone are read by it"""
        self._turn()
        table = self._layout.table
        if self._keys:
            for some in self._keys.slices():
                made = changes_again(reading, self._lines, table, some, gone=self._by_key)
                self._parts.add(table.name, made, late=not self._by_key)

    def _turn(self) -> None:
        if self._again:
            self._keys.add(self._again)
            self._again = []
        if self._rows:
            rows, self._rows = self._rows, []
            self._parts.add(self._layout.table.name, self._lines.changes(self._layout, rows))
