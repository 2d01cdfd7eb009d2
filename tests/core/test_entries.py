from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from aethermart.core.entries import (
    META,
    Batch,
    Chunk,
    Entry,
    Position,
    Truncate,
    new_entry_id,
    with_meta,
)

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def rows(count: int) -> pa.Table:
    return pa.table({"order_id": pa.array(range(count), pa.int64())})


def entry(*parts: Batch | Chunk) -> Entry:
    return Entry(
        shop="aethermart",
        id="e1",
        start=None,
        end=Position("7"),
        captured_at=NOON,
        time_kind="commit",
        parts=parts,
    )


def test_an_entry_counts_the_rows_of_batches_and_chunks() -> None:
    chunk = Chunk("orders", file="e1-orders.parquet", rows=50_000, size_bytes=9, sha256="0" * 64)
    assert entry(Batch("orders", rows(2)), chunk, Batch("order_items", rows(3))).rows == 50_005


def test_an_entry_names_each_table_once_in_order_of_appearance() -> None:
    made = entry(Batch("orders", rows(1)), Batch("items", rows(1)), Batch("orders", rows(2)))
    assert made.tables == ("orders", "items")


def test_an_entry_of_controls_alone_has_no_rows_and_no_tables() -> None:
    made = dataclasses.replace(entry(), controls=(Truncate("orders", position=3),))
    assert (made.rows, made.tables, made.committed_at) == (0, (), None)


def test_an_entry_carries_the_version_of_its_format() -> None:
    assert entry().format_version == 1


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        entry().shop = "other"  # type: ignore[misc]


def test_the_columns_of_a_change_follow_those_of_the_source() -> None:
    source = pa.schema([pa.field("order_id", pa.int64()), pa.field("status", pa.string())])
    assert with_meta(source).names == [
        "order_id",
        "status",
        "_op",
        "_position",
        "_committed_at",
        "_entry",
    ]
    assert with_meta(source).field("_committed_at").type == pa.timestamp("us", tz="UTC")
    assert [field.nullable for field in META] == [False, False, False, False]


def test_entry_ids_are_unique() -> None:
    assert len({new_entry_id() for _ in range(1000)}) == 1000


def test_a_later_entry_id_sorts_later(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([1, 2, 16**9])
    monkeypatch.setattr("time.time_ns", lambda: next(times))
    ids = [new_entry_id() for _ in range(3)]
    assert ids == sorted(ids)
    assert {len(id_) for id_ in ids} == {28}
