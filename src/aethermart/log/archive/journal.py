"""The rows of `_entries`: what entry stands at which offset, and which rows are its own.

Committed after the rows of all its tables, so whatever `_entries` names is whole. For each part of
an entry it keeps table, number of rows and the exact Arrow schema: a table's columns grow over the
years, and an old entry must come back as it was.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa

from aethermart.core.entries import Batch, Entry, LoggedEntry, Position
from aethermart.log.archive.staging import Arrived
from aethermart.log.codec import controls_from_json, controls_to_json

FOLDER = "_entries"
INDEX = "offset"
_INSTANT = pa.timestamp("us", tz="UTC")
_COLUMNS: dict[str, pa.DataType] = {
    INDEX: pa.int64(),
    "entry": pa.string(),
    "start": pa.string(),
    "end": pa.string(),
    "format_version": pa.int64(),
    "captured_at": _INSTANT,
    "committed_at": _INSTANT,
    "logged_at": _INSTANT,
    "time_kind": pa.string(),
    "tables": pa.list_(pa.string()),
    "rows": pa.int64(),
    "controls": pa.string(),  # JSON
    "parts": pa.string(),  # JSON: table, rows, schema (Arrow IPC in base64), in their order
}
SCHEMA = pa.schema(_COLUMNS)


@dataclass(frozen=True, slots=True)
class PartShape:
    table: str
    rows: int
    schema: pa.Schema


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as `_entries` knows it: `head` lacks the rows, `parts` say what they are."""

    head: LoggedEntry
    rows: int
    parts: tuple[PartShape, ...]

    def with_rows(self, parts: Sequence[pa.Table]) -> LoggedEntry:
        batches = tuple(Batch(p.table, rows) for p, rows in zip(self.parts, parts, strict=True))
        return replace(self.head, entry=replace(self.head.entry, parts=batches))


def record(logged: LoggedEntry, parts: Sequence[Arrived]) -> dict[str, Any]:
    """One row of `_entries`."""
    entry = logged.entry
    return {
        INDEX: logged.offset,
        "entry": entry.id,
        "start": entry.start,
        "end": entry.end,
        "format_version": entry.format_version,
        "captured_at": entry.captured_at,
        "committed_at": entry.committed_at,
        "logged_at": logged.logged_at,
        "time_kind": entry.time_kind,
        "tables": list(entry.tables),
        "rows": entry.rows,
        "controls": json.dumps(controls_to_json(entry.controls)),
        "parts": json.dumps(
            [{"table": p.table, "rows": p.rows, "schema": _schema_to_text(p.schema)} for p in parts]
        ),
    }


def recorded(shop: str, row: dict[str, Any]) -> Recorded:
    entry = Entry(
        shop=shop,
        id=row["entry"],
        start=None if row["start"] is None else Position(row["start"]),
        end=Position(row["end"]),
        captured_at=_utc(row["captured_at"]),
        committed_at=None if row["committed_at"] is None else _utc(row["committed_at"]),
        time_kind=row["time_kind"],
        controls=controls_from_json(json.loads(row["controls"])),
        format_version=row["format_version"],
    )
    parts = tuple(
        PartShape(part["table"], part["rows"], _schema_from_text(part["schema"]))
        for part in json.loads(row["parts"])
    )
    return Recorded(LoggedEntry(row[INDEX], _utc(row["logged_at"]), entry), row["rows"], parts)


def _utc(instant: datetime) -> datetime:
    """The same instant with the standard library's zone, as it was before."""
    return instant.astimezone(UTC)


def _schema_to_text(schema: pa.Schema) -> str:
    return base64.b64encode(schema.serialize().to_pybytes()).decode()


@lru_cache(maxsize=256)
def _schema_from_text(text: str) -> pa.Schema:
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))
