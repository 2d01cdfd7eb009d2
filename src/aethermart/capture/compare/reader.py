"""The port of compare capture: what one engine must answer about a shop, with SELECT alone.

Keys travel as texts that only their reader understands. Ranges and their order are the shop's own,
by its own collation: nothing here compares two keys, they are only found equal or not.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa

from aethermart.core.entries import Column, TableSchema

Key = tuple[str, ...]
_WRAP = 1 << 64


@dataclass(frozen=True, slots=True)
class Digest:
    """Rows of a range and the sum of their hashes.

    whole  False where counting stopped at a limit: there are at least so many rows
    """

    rows: int
    total: int
    whole: bool = True

    def __add__(self, other: Digest) -> Digest:
        total = (self.total + other.total) % _WRAP
        return Digest(self.rows + other.rows, total, self.whole and other.whole)

    def __sub__(self, part: Digest) -> Digest:
        return Digest(self.rows - part.rows, (self.total - part.total) % _WRAP)


NOTHING = Digest(0, 0)


@dataclass(frozen=True, slots=True)
class ComparedTable:
    """A table as it stands now.

    fingerprint  changes when the hashes of equal rows, or the order of their keys, may differ
    fault        why it cannot be captured and what to do
    """

    name: str
    columns: tuple[Column, ...]
    types: tuple[pa.DataType, ...]
    key: tuple[str, ...]
    fingerprint: str
    fault: tuple[str, str] | None = None

    @property
    def announced(self) -> TableSchema:
        return TableSchema(self.name, self.columns, self.key)

    @property
    def arrow_schema(self) -> pa.Schema:
        return pa.schema(
            [
                pa.field(column.name, kind, column.nullable)
                for column, kind in zip(self.columns, self.types, strict=True)
            ]
        )


@dataclass(frozen=True, slots=True)
class Marks:
    """What is remembered of rows, in the order of their keys.

    hashes  64 bits, signed; the shop's own, never computed again here
    keys    by which the shop finds the rows
    values  the key's columns as they travel: what a deletion carries
    """

    hashes: list[int]
    keys: list[Key]
    values: pa.Table

    @property
    def digest(self) -> Digest:
        return Digest(len(self.keys), sum(self.hashes) % _WRAP)

    @classmethod
    def joined(cls, parts: Sequence[Marks], empty: pa.Schema) -> Marks:
        """empty  schema of the key's columns, for no parts"""
        if not parts:
            return cls([], [], empty.empty_table())
        return cls(
            [value for part in parts for value in part.hashes],
            [key for part in parts for key in part.keys],
            pa.concat_tables([part.values for part in parts]),
        )

    def slice(self, start: int, rows: int) -> Marks:
        return Marks(
            self.hashes[start : start + rows],
            self.keys[start : start + rows],
            self.values.slice(start, rows),
        )


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows and their marks, in the same order."""

    marks: Marks
    rows: pa.Table


@dataclass(frozen=True, slots=True)
class View:
    """One consistent view of the shop; every commit before `read_at` is in it.

    unchanged  nothing was written since the last view of this reader that ended well
    """

    read_at: datetime
    unchanged: bool = False


class ShopReader(Protocol):
    """One shop by one connection. What its methods raise is of our own error tree.

    A range is `low` (excluded, None: from the first) to `high` (included, None: to the last).
    """

    shop: str

    def view(self, tables: Sequence[str]) -> contextlib.AbstractContextManager[View]:
        """One transaction that sees one state of the shop, where the engine can."""
        ...

    def discover(self, tables: Sequence[str]) -> dict[str, ComparedTable]:
        """The named tables that exist, by name; within a view, as all that follows."""
        ...

    def digest(self, table: str, low: Key | None, high: Key | None, limit: int) -> Digest:
        """Of the range's rows, or of `limit` of them where there are more."""
        ...

    def marks(self, table: str, low: Key | None, high: Key | None, limit: int) -> Marks:
        """Of the first `limit` rows of the range."""
        ...

    def pages(
        self, table: str, low: Key | None, high: Key | None, page_rows: int
    ) -> Iterator[Block]:
        """Every row of the range, in order, by statements of up to `page_rows` rows."""
        ...

    def rows_of(self, table: str, keys: Sequence[Key]) -> Iterator[Block]:
        """The rows that have these keys, in any order."""
        ...

    def count(self, table: str) -> int:
        """Rows of a table, outside of any view: for a report."""
        ...

    def close(self) -> None: ...
