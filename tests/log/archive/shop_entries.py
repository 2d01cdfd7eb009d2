"""Entries to archive, and the model that what comes back is compared with: a list in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from aethermart.core.entries import (
    Batch,
    Chunk,
    Control,
    Entry,
    LoggedEntry,
    Position,
    with_meta,
)
from aethermart.log.chunks import ChunkStore

SHOP = "corner_shop"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ORDERS = pa.schema(
    [
        pa.field("order_id", pa.int64(), nullable=False),
        pa.field("status", pa.string()),
        pa.field("total", pa.decimal128(12, 2)),
        pa.field("ordered_at", pa.timestamp("us", tz="UTC")),
    ]
)
ITEMS = pa.schema([pa.field("item_id", pa.int64()), pa.field("gift", pa.bool_())])


def entry_id(offset: int) -> str:
    return f"{offset:016x}abcdef123456"


def rows_of(
    columns: pa.Schema, entry: str, first_position: int, records: Sequence[dict[str, Any]]
) -> pa.Table:
    """Rows with META: positions count up from `first_position`, a microsecond apart."""
    meta = [
        {
            "_op": "c",
            "_position": first_position + i,
            "_committed_at": NOON + timedelta(microseconds=first_position + i),
            "_entry": entry,
        }
        for i in range(len(records))
    ]
    merged = [{**record, **m} for record, m in zip(records, meta, strict=True)]
    return pa.Table.from_pylist(merged, schema=with_meta(columns))


def orders(offset: int, count: int = 2, columns: pa.Schema = ORDERS) -> pa.Table:
    """`count` orders of the entry at `offset`; their positions follow from it."""
    position = offset * 1000
    records = [
        {
            "order_id": position + i,
            "status": "PAID" if i % 2 else None,
            "total": Decimal(position + i) / 100,
            "ordered_at": NOON,
        }
        for i in range(count)
    ]
    return rows_of(columns, entry_id(offset), position, records)


def items(offset: int, count: int = 3) -> pa.Table:
    position = offset * 1000 + 500
    records = [{"item_id": i, "gift": None if i else True} for i in range(count)]
    return rows_of(ITEMS, entry_id(offset), position, records)


def logged(
    offset: int,
    parts: Iterable[Batch | Chunk] = (),
    controls: Iterable[Control] = (),
    shop: str = SHOP,
) -> LoggedEntry:
    parts = tuple(parts)
    entry = Entry(
        shop=shop,
        id=entry_id(offset),
        start=Position(f"at {offset - 1}") if offset > 1 else None,
        end=Position(f"at {offset}"),
        captured_at=NOON + timedelta(seconds=offset),
        committed_at=NOON + timedelta(seconds=offset - 1) if parts else None,
        time_kind="commit",
        parts=parts,
        controls=tuple(controls),
    )
    return LoggedEntry(offset, NOON + timedelta(seconds=offset, microseconds=7), entry)


def simple(offset: int) -> LoggedEntry:
    """Two orders and three items."""
    return logged(offset, [Batch("orders", orders(offset)), Batch("items", items(offset))])


def model_of(entries: Iterable[LoggedEntry], chunks: ChunkStore) -> list[LoggedEntry]:
    """What `read` must return for these: the same, with each chunk as a batch of its rows."""
    return [
        replace(e, entry=replace(e.entry, parts=tuple(_batch(p, chunks) for p in e.entry.parts)))
        for e in entries
    ]


def _batch(part: Batch | Chunk, chunks: ChunkStore) -> Batch:
    return part if isinstance(part, Batch) else Batch(part.table, chunks.read(part))


def assert_same(found: Sequence[LoggedEntry], expected: Sequence[LoggedEntry]) -> None:
    assert [f.offset for f in found] == [e.offset for e in expected]
    for have, want in zip(found, expected, strict=True):
        assert _without_parts(have) == _without_parts(want)
        assert [p.table for p in have.entry.parts] == [p.table for p in want.entry.parts]
        for got, part in zip(have.entry.parts, want.entry.parts, strict=True):
            assert isinstance(got, Batch)
            assert isinstance(part, Batch)
            assert got.rows.schema.equals(part.rows.schema, check_metadata=True)
            assert got.rows.equals(part.rows), f"{got.table} at offset {have.offset}"


def _without_parts(entry: LoggedEntry) -> LoggedEntry:
    return replace(entry, entry=replace(entry.entry, parts=()))
