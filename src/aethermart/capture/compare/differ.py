"""What changed in one table since the log last heard: ranges hashed, halved, and at last read.

A range whose hash and count are as remembered is done. One that differs is halved until it is a
leaf; then its keys and hashes are read, and only the rows that changed. A leaf that grew to many
times its size (rows appended in bulk) is read whole, page by page.

Where changes are everywhere, halving rules nothing out and has the shop hash each row three times:
the keys and hashes of such a part are read at once, and those of the next range with no hash before
(`benchmarks/compare_capture.py`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import pyarrow as pa

from aethermart.capture.compare.reader import (
    NOTHING,
    Block,
    ComparedTable,
    Digest,
    Key,
    Marks,
    ShopReader,
)
from aethermart.capture.compare.settings import CompareSettings
from aethermart.capture.compare.state import CompareState, Leaf
from aethermart.core.entries import nullable

_KEYS_AT_ONCE = 500
_CROWDED = 2  # changes are everywhere then: more halving hashes much and rules out little
_MANY = 4  # rows changed in a range: about where its next one is better not halved either
_OP = "op"


class LeafCutter:
    """Cuts rows that come in the order of their keys into leaves, and lays these down.

    replaces  the leaf whose range they are; None for a table read anew
    """

    def __init__(
        self, state: CompareState, table: ComparedTable, replaces: Leaf | None, leaf_rows: int
    ) -> None:
        self._state = state
        self._table = table
        self._replaces = replaces
        self._leaf_rows = leaf_rows
        self._held: list[Marks] = []
        self._rows = 0

    def add(self, marks: Marks) -> None:
        at = 0
        while at < len(marks.keys):
            taken = marks.slice(at, self._leaf_rows - self._rows)
            self._held.append(taken)
            self._rows += len(taken.keys)
            at += len(taken.keys)
            if self._rows == self._leaf_rows:
                self._put(taken.keys[-1])

    def end(self, high: Key | None) -> None:
        self._put(high)

    def _put(self, high: Key | None) -> None:
        marks = Marks.joined(self._held, _key_schema(self._table))
        self._state.put(self._table.name, self._replaces, marks, high)
        self._held, self._rows = [], 0


@dataclass(slots=True)
class Load:
    """What the shop was asked for, in rows: hashed there, and sent to us as keys or whole."""

    statements: int = 0
    hashed: int = 0
    keys: int = 0
    rows: int = 0

    def add(self, other: Load) -> None:
        self.statements += other.statements
        self.hashed += other.hashed
        self.keys += other.keys
        self.rows += other.rows


@dataclass(slots=True)
class Differ:
    """Compares one table, within a view of the shop; new leaves go to the state as they are found.

    `changes` gives the table's columns, all nullable, and the operation as a last column `op`.
    crowded  changes were everywhere in the last range
    """

    reader: ShopReader
    state: CompareState
    table: ComparedTable
    settings: CompareSettings
    load: Load = field(default_factory=Load)
    crowded: bool = False

    def changes(self) -> Iterator[pa.Table]:
        low: Key | None = None
        for group in self.state.groups(self.table.name, self.settings.range_rows):
            if self.crowded:
                changed = yield from self._leaves(low, group)
                self.crowded = changed >= _MANY
            else:
                yield from self._range(low, group, None)
            low = group[-1].high

    def _range(
        self, low: Key | None, leaves: list[Leaf], found: Digest | None, crowded: int = 0
    ) -> Iterator[pa.Table]:
        """crowded  how many times in a row both halves of the range above differed"""
        had = _digest(leaves)
        if found is None:
            found = self._asked(low, leaves[-1].high, had)
        if found == had:
            return
        if len(leaves) == 1 or crowded >= _CROWDED:
            self.crowded = self.crowded or crowded >= _CROWDED
            yield from self._leaves(low, leaves)
            return
        left, right = leaves[: len(leaves) // 2], leaves[len(leaves) // 2 :]
        in_left = self._asked(low, left[-1].high, _digest(left))
        in_right = found - in_left if found.whole and in_left.whole else None
        both = in_left != _digest(left) and in_right != _digest(right)
        crowded = crowded + 1 if both else 0
        yield from self._range(low, left, in_left, crowded)
        yield from self._range(left[-1].high, right, in_right, crowded)

    def _asked(self, low: Key | None, high: Key | None, had: Digest) -> Digest:
        limit = had.rows + 1  # one more says that it differs, however many there are
        rows = self.reader.digest(self.table.name, low, high, limit)
        self.load.statements += 1
        self.load.hashed += rows.rows
        return rows

    def _leaves(self, low: Key | None, leaves: Sequence[Leaf]) -> Generator[pa.Table, None, int]:
        """Compare neighbouring leaves row by row; returns how many rows had changed, as far as it
        is known: rows of a part that is read whole count as changed."""
        parts = [self.state.marks(leaf) for leaf in leaves]
        before = Marks.joined(parts, _key_schema(self.table))
        old = dict(zip(before.keys, before.hashes, strict=True))
        limit = len(old) + 3 * self.settings.leaf_rows
        high = leaves[-1].high
        now = self.reader.marks(self.table.name, low, high, limit)
        self.load.statements += 1
        self.load.keys += len(now.keys)
        if (now.keys, now.hashes) == (before.keys, before.hashes):
            return 0
        for leaf in leaves[:-1]:
            self._put_away(leaf)
        if len(now.keys) < limit:
            return (yield from self._few(leaves[-1], before, old, now))
        yield from self._many(low, leaves[-1], before, old)
        return limit

    def _put_away(self, leaf: Leaf) -> None:
        """Its rows go on in the leaf that follows it."""
        nothing = Marks.joined([], _key_schema(self.table))
        self.state.put(self.table.name, leaf, nothing, leaf.high)

    def _few(
        self, leaf: Leaf, before: Marks, old: Mapping[Key, int], now: Marks
    ) -> Generator[pa.Table, None, int]:
        """Only the rows that changed are read; a shop without views may have lost some by then."""
        changed = [
            key for key, value in zip(now.keys, now.hashes, strict=True) if old.get(key) != value
        ]
        hashes: dict[Key, int] = {}
        for at in range(0, len(changed), _KEYS_AT_ONCE):
            some = changed[at : at + _KEYS_AT_ONCE]
            for block in self._counted(self.reader.rows_of(self.table.name, some)):
                hashes.update(zip(block.marks.keys, block.marks.hashes, strict=True))
                yield self._upserts(block, old)
        lost = {*changed} - {*hashes}
        kept = [number for number, key in enumerate(now.keys) if key not in lost]
        marks = Marks(
            [hashes.get(now.keys[number], now.hashes[number]) for number in kept],
            [now.keys[number] for number in kept],
            now.values.take(pa.array(kept, pa.int64())) if lost else now.values,
        )
        gone = {*old} - {*marks.keys}
        yield from self._deletes(before, gone)
        self._keep(leaf, marks)
        return len(changed) + len(gone)

    def _many(
        self, low: Key | None, leaf: Leaf, before: Marks, old: Mapping[Key, int]
    ) -> Iterator[pa.Table]:
        cutter = LeafCutter(self.state, self.table, leaf, self.settings.leaf_rows)
        missing = {*old}
        pages = self.reader.pages(self.table.name, low, leaf.high, self.settings.page_rows)
        for block in self._counted(pages):
            cutter.add(block.marks)
            missing -= {*block.marks.keys}
            yield self._upserts(block, old)
        yield from self._deletes(before, missing)
        cutter.end(leaf.high)

    def _keep(self, leaf: Leaf, marks: Marks) -> None:
        """In leaves of equal size: cut as they come, each insertion would leave a leaf of one."""
        pieces = max(-(-len(marks.keys) // self.settings.leaf_rows), 1)
        size = max(-(-len(marks.keys) // pieces), 1)
        cutter = LeafCutter(self.state, self.table, leaf, size)
        cutter.add(marks)
        cutter.end(leaf.high)

    def _counted(self, blocks: Iterator[Block]) -> Iterator[Block]:
        self.load.statements += 1
        for block in blocks:
            self.load.rows += len(block.marks.keys)
            yield block

    def _upserts(self, block: Block, old: Mapping[Key, int]) -> pa.Table:
        """The block's rows that are not as they were."""
        pairs = zip(block.marks.keys, block.marks.hashes, strict=True)
        ops = [
            (number, "c" if key not in old else "u")
            for number, (key, value) in enumerate(pairs)
            if old.get(key) != value
        ]
        rows = block.rows
        if len(ops) < rows.num_rows:
            rows = rows.take(pa.array([number for number, _ in ops], pa.int64()))
        return self._with_op(rows, [op for _, op in ops])

    def _deletes(self, before: Marks, keys: set[Key]) -> Iterator[pa.Table]:
        if not keys:
            return
        at = [number for number, key in enumerate(before.keys) if key in keys]
        values = before.values.take(pa.array(at, pa.int64()))
        columns: list[Any] = []
        for column in self.table.arrow_schema:
            known = column.name in values.column_names
            columns.append(values.column(column.name) if known else pa.nulls(len(at), column.type))
        schema = nullable(self.table.arrow_schema)
        yield self._with_op(pa.Table.from_arrays(columns, schema=schema), ["d"] * len(at))

    def _with_op(self, rows: pa.Table, ops: list[str]) -> pa.Table:
        rows = rows.cast(nullable(self.table.arrow_schema))
        return rows.add_column(rows.num_columns, _OP, pa.array(ops, pa.string()))


def _key_schema(table: ComparedTable) -> pa.Schema:
    return nullable(pa.schema([table.arrow_schema.field(name) for name in table.key]))


def _digest(leaves: Sequence[Leaf]) -> Digest:
    return reduce(add, (leaf.digest for leaf in leaves), NOTHING)
