"""Entries made by hand, for tests of whoever takes entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from aethermart.core.entries import (
    Batch,
    Chunk,
    Column,
    Control,
    Entry,
    Heartbeat,
    LoggedEntry,
    Position,
    TableSchema,
    new_entry_id,
    with_meta,
)

SHOP = "corner_shop"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def columns(**types: pa.DataType) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in types.items()])


ORDERS = columns(order_id=pa.int64(), status=pa.string(), total=pa.decimal128(12, 2))
ITEMS = columns(item_id=pa.int64(), order_id=pa.int64(), product=pa.string())


def schema_of(table: str, fields: pa.Schema, key: Sequence[str] = ()) -> TableSchema:
    """The announcement of a table; its first column is the key unless `key` says otherwise."""
    return TableSchema(
        table,
        tuple(Column(f.name, str(f.type), f.nullable) for f in fields),
        tuple(key) or (fields.names[0],),
    )


ORDERS_TABLE = schema_of("orders", ORDERS)
ITEMS_TABLE = schema_of("items", ITEMS)

Change = tuple[str, int, Sequence[Any]]  # op, position, values in the order of the columns


def rows(fields: pa.Schema, changes: Iterable[Change], entry: str = "e") -> pa.Table:
    """Changed rows with META; a row is committed as many seconds after noon as its position."""
    records: list[Mapping[str, Any]] = [
        {
            **dict(zip(fields.names, values, strict=True)),
            "_op": op,
            "_position": position,
            "_committed_at": NOON + timedelta(seconds=position),
            "_entry": entry,
        }
        for op, position, values in changes
    ]
    return pa.Table.from_pylist(records, schema=with_meta(fields))


def orders(*changes: Change) -> Batch:
    """Orders as (op, position, (order_id, status, total)); the total is given as text."""
    exact = [
        (op, at, (key, status, None if total is None else Decimal(total)))
        for op, at, (key, status, total) in changes
    ]
    return Batch("orders", rows(ORDERS, exact))


def items(*changes: Change) -> Batch:
    """Items as (op, position, (item_id, order_id, product))."""
    return Batch("items", rows(ITEMS, changes))


def entry(
    end: int,
    parts: Iterable[Batch | Chunk] = (),
    controls: Iterable[Control] = (),
    *,
    shop: str = SHOP,
    start: int | None = None,
    name: str | None = None,
) -> Entry:
    """An entry that ends at position `at <end>` and starts at the one before, or at none for 1.

    It was captured as many minutes after noon as `end` says.
    """
    before = end - 1 if start is None else start
    name = name or new_entry_id()
    parts = tuple(_stamped(part, name) for part in parts)
    return Entry(
        shop=shop,
        id=name,
        start=Position(f"at {before}") if before > 0 else None,
        end=Position(f"at {end}"),
        captured_at=NOON + timedelta(minutes=end),
        committed_at=NOON + timedelta(minutes=end, seconds=-1) if parts else None,
        time_kind="commit",
        parts=parts,
        controls=tuple(controls) if parts or controls else (Heartbeat(),),
    )


def _stamped(part: Batch | Chunk, entry_id: str) -> Batch | Chunk:
    """The batch with the entry's id in its rows; a chunk has its own already."""
    if isinstance(part, Chunk):
        return part
    at = part.rows.schema.get_field_index("_entry")
    ids = pa.repeat(entry_id, part.rows.num_rows)
    return Batch(part.table, part.rows.set_column(at, part.rows.schema.field(at), ids))


def logged(
    offset: int,
    parts: Iterable[Batch | Chunk] = (),
    controls: Iterable[Control] = (),
    *,
    shop: str = SHOP,
) -> LoggedEntry:
    """The entry at an offset, as the log would give it."""
    made = entry(offset, parts, controls, shop=shop, name=f"{offset:016x}abcdef123456")
    return LoggedEntry(offset, NOON + timedelta(minutes=offset, seconds=1), made)


def assert_same_entry(found: Entry, expected: Entry) -> None:
    """Equal in every field, rows with their exact schema included."""
    assert replace(found, parts=()) == replace(expected, parts=())
    assert [part.table for part in found.parts] == [part.table for part in expected.parts]
    for have, want in zip(found.parts, expected.parts, strict=True):
        if isinstance(want, Chunk):
            assert have == want
            continue
        assert isinstance(have, Batch)
        assert have.rows.schema.equals(want.rows.schema, check_metadata=True)
        assert have.rows.equals(want.rows), f"rows of {want.table}"
