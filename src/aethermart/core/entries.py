"""What the log holds: entries of one shop, with their batches of changed rows and control records.

An entry covers one range of source transactions and is applied whole. Each row carries, beside the
source's own columns, the columns of `META`:

    _op            c created, u updated, d deleted, r read by a snapshot
    _position      order of the rows of one table within their entry
    _committed_at  UTC; what kind of time it is, the entry's `time_kind` says
    _entry         id of the entry, given at capture: the archive finds an entry's rows by it

A position is opaque outside the source that made it: text that the source can resume from.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NewType

import pyarrow as pa

FORMAT_VERSION = 1

Position = NewType("Position", str)
TimeKind = Literal["commit", "statement", "snapshot", "watermark"]

_META_FIELDS: list[pa.Field[Any]] = [
    pa.field("_op", pa.string(), nullable=False),
    pa.field("_position", pa.int64(), nullable=False),
    pa.field("_committed_at", pa.timestamp("us", tz="UTC"), nullable=False),
    pa.field("_entry", pa.string(), nullable=False),
]
META = pa.schema(_META_FIELDS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Changed rows of one table, in the order the source made them."""

    table: str
    rows: pa.Table  # the source's columns, then META


@dataclass(frozen=True, slots=True)
class Chunk:
    """A claim check: rows too many for the log lie in a Parquet file under `state/chunks`.

    file    name within the chunk folder
    sha256  of the whole file; whoever reads it checks it
    """

    table: str
    file: str
    rows: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    type: str  # the Arrow type's name: int64, decimal128(12, 2), timestamp[us, tz=UTC]
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The table has these columns from here on: sent before its first row and at each change."""

    table: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SnapshotBegin:
    """The rows that follow, until the matching end, replace these tables."""

    snapshot: str
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SnapshotEnd:
    snapshot: str
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Truncate:
    """The table was emptied at `position`: only rows of the entry past it remain."""

    table: str
    position: int


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The shop was looked at and had nothing new: quiet, not stalled."""


Control = TableSchema | SnapshotBegin | SnapshotEnd | Truncate | Heartbeat


@dataclass(frozen=True, slots=True)
class Entry:
    """One range of a shop's transactions, `start` (excluded) to `end` (included).

    committed_at  newest commit inside; None where it holds no rows
    captured_at   when the shop was read: every commit before it is in this entry or an earlier one
    """

    shop: str
    id: str
    start: Position | None
    end: Position
    captured_at: datetime
    time_kind: TimeKind
    committed_at: datetime | None = None
    parts: tuple[Batch | Chunk, ...] = ()
    controls: tuple[Control, ...] = ()
    format_version: int = FORMAT_VERSION

    @property
    def rows(self) -> int:
        return sum(p.rows if isinstance(p, Chunk) else p.rows.num_rows for p in self.parts)

    @property
    def tables(self) -> tuple[str, ...]:
        """Tables that have rows here, each once, in order of first appearance."""
        return tuple(dict.fromkeys(part.table for part in self.parts))


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """An entry with its place in its shop's log: offsets count from 1 without gaps."""

    offset: int
    logged_at: datetime
    entry: Entry


def new_entry_id() -> str:
    """A unique id that mostly sorts by time, so files can be skipped by their id range."""
    return f"{time.time_ns():016x}{secrets.token_hex(6)}"


def with_meta(columns: pa.Schema) -> pa.Schema:
    """The schema of a table's batches: its own columns, then META."""
    return pa.schema([*columns, *META])


def nullable(columns: pa.Schema) -> pa.Schema:
    """The columns, all nullable: a delete may carry its key alone, an old row lack a new column."""
    return pa.schema([field.with_nullable(True) for field in columns])
