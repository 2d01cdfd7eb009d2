from __future__ import annotations

import dataclasses
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aethermart.core.entries import (
    Batch,
    Column,
    Heartbeat,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
    Truncate,
)
from aethermart.log.archive import archive as archive_module
from aethermart.log.archive.archive import Archive, LogGap
from aethermart.log.archive.scan import IncompleteArchive
from aethermart.log.chunks import ChunkStore
from tests.log.archive.shop_entries import (
    ITEMS,
    NOON,
    ORDERS,
    SHOP,
    assert_same,
    entry_id,
    items,
    logged,
    model_of,
    orders,
    rows_of,
    simple,
)


def test_an_empty_archive_has_nothing(archive: Archive) -> None:
    assert archive.applied(SHOP) == 0
    assert archive.read(SHOP, after=0, limit=10) == []
    assert archive.tables(SHOP) == []
    assert archive.files(SHOP, "orders") == []
    assert archive.version(SHOP) == 0
    assert archive.compact(SHOP) == []
    assert archive.verify(SHOP) == []


def test_what_was_applied_comes_back_as_it_was(archive: Archive, chunks: ChunkStore) -> None:
    entries = [simple(1), simple(2), simple(3)]
    archive.apply(entries)
    assert archive.applied(SHOP) == 3
    assert_same(archive.read(SHOP, 0, 10), entries)
    assert archive.tables(SHOP) == ["items", "orders"]
    assert archive.verify(SHOP) == []


def test_another_process_reads_the_same(archive: Archive, tmp_path: Path) -> None:
    entries = [simple(1), simple(2)]
    archive.apply(entries)
    stranger = Archive(tmp_path / "bronze", ChunkStore(tmp_path / "elsewhere"))
    assert stranger.applied(SHOP) == 2
    assert_same(stranger.read(SHOP, 0, 10), entries)
    archive.apply([simple(3)])
    assert_same(stranger.read(SHOP, 2, 10), [simple(3)])


def test_read_takes_up_where_it_is_told_and_stops_at_the_limit(archive: Archive) -> None:
    archive.apply([simple(n) for n in range(1, 8)])
    assert [e.offset for e in archive.read(SHOP, after=0, limit=3)] == [1, 2, 3]
    assert [e.offset for e in archive.read(SHOP, after=3, limit=3)] == [4, 5, 6]
    assert [e.offset for e in archive.read(SHOP, after=6, limit=3)] == [7]
    assert archive.read(SHOP, after=7, limit=3) == []
    assert archive.read(SHOP, after=0, limit=0) == []


def test_a_read_holds_few_rows_at_once(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_module, "ROWS_A_READ", 10)
    sizes = [4, 6, 1, 25, 1]
    entries = [
        logged(n, [Batch("orders", orders(n, count))]) for n, count in enumerate(sizes, start=1)
    ]
    archive.apply(entries)
    reads = []
    after = 0
    while found := archive.read(SHOP, after, 100):
        reads.append([e.offset for e in found])
        after = found[-1].offset
    assert reads == [[1, 2], [3], [4], [5]]


def test_entries_without_rows_keep_their_place_and_their_controls(archive: Archive) -> None:
    columns = (Column("order_id", "int64", nullable=False), Column("status", "string"))
    entries = [
        logged(1, controls=[Heartbeat()]),
        logged(
            2,
            controls=[
                TableSchema("orders", columns, ("order_id",)),
                SnapshotBegin("s1", ("orders", "items")),
            ],
        ),
        logged(3, [Batch("orders", orders(3))], [Truncate("orders", 2999)]),
        logged(4, controls=[SnapshotEnd("s1", ("orders", "items"))]),
    ]
    archive.apply(entries)
    assert_same(archive.read(SHOP, 0, 10), entries)
    assert archive.tables(SHOP) == ["orders"]


def test_a_shop_of_heartbeats_only_is_archived(archive: Archive) -> None:
    entries = [logged(1, controls=[Heartbeat()]), logged(2, controls=[Heartbeat()])]
    archive.apply(entries)
    assert archive.applied(SHOP) == 2
    assert_same(archive.read(SHOP, 0, 10), entries)


def test_a_second_delivery_changes_nothing(archive: Archive) -> None:
    archive.apply([simple(1), simple(2)])
    version = archive.version(SHOP)
    archive.apply([simple(1), simple(2)])
    archive.apply([])
    assert archive.version(SHOP) == version
    archive.apply([simple(2), simple(3)])
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2), simple(3)])


@pytest.mark.parametrize("offsets", [[3], [2, 4], [2, 2], [3, 2]])
def test_a_gap_is_refused_and_nothing_is_written(archive: Archive, offsets: list[int]) -> None:
    archive.apply([simple(1)])
    version = archive.version(SHOP)
    with pytest.raises(LogGap, match="do not continue the archive, which has 1") as raised:
        archive.apply([simple(n) for n in offsets])
    assert raised.value.fix == "read the log from offset 1 and apply it in order"
    assert archive.version(SHOP) == version


def test_entries_of_two_shops_are_not_mixed(archive: Archive) -> None:
    with pytest.raises(LogGap, match="corner_shop and other were handed over together"):
        archive.apply([logged(1), logged(2, shop="other")])
    assert archive.applied(SHOP) == 0
    archive.apply([logged(1, [Batch("orders", orders(1))])])
    archive.apply([logged(1, [Batch("orders", orders(1, 5))], shop="other")])
    assert archive.read(SHOP, 0, 9)[0].entry.rows == 2
    assert archive.read("other", 0, 9)[0].entry.rows == 5


def test_several_parts_of_one_table_come_back_apart(archive: Archive, chunks: ChunkStore) -> None:
    def batch(position: int, count: int) -> pa.Table:
        return rows_of(ITEMS, entry_id(1), position, [{"item_id": n} for n in range(count)])

    entry = logged(
        1,
        [
            Batch("items", batch(10, 2)),
            chunks.write(entry_id(1), "items", batch(20, 3)),
            Batch("items", batch(30, 0)),
            Batch("orders", orders(1)),
            chunks.write(entry_id(1), "items", batch(40, 1)),
        ],
    )
    archive.apply([entry])
    (found,) = archive.read(SHOP, 0, 1)
    assert [(p.table, p.rows.num_rows) for p in found.entry.parts] == [
        ("items", 2),
        ("items", 3),
        ("items", 0),
        ("orders", 2),
        ("items", 1),
    ]
    assert_same([found], model_of([entry], chunks))


def test_an_empty_batch_makes_no_table(archive: Archive) -> None:
    entry = logged(1, [Batch("orders", orders(1, 0))])
    archive.apply([entry])
    assert archive.tables(SHOP) == []
    assert_same(archive.read(SHOP, 0, 1), [entry])


def test_rows_come_back_by_position_though_entry_ids_do_not_sort(archive: Archive) -> None:
    """A clock that jumped back gives the later entry the smaller id."""
    entries = []
    for offset, name in [(1, "ff"), (2, "aa"), (3, "cc")]:
        rows = rows_of(ITEMS, name, offset * 10, [{"item_id": n} for n in range(4)])
        plain = logged(offset, [Batch("items", rows)])
        entries.append(dataclasses.replace(plain, entry=dataclasses.replace(plain.entry, id=name)))
    archive.apply(entries[:1])
    archive.apply(entries[1:])
    assert_same(archive.read(SHOP, 0, 10), entries)
    assert_same(archive.read(SHOP, 1, 1), entries[1:2])


@pytest.mark.parametrize(
    "table", ["_entries", "order items", "Orders", "../up", "a-20b", "größe", "a%20b", "."]
)
def test_any_table_name_has_a_folder_of_its_own(archive: Archive, table: str) -> None:
    entries = [
        logged(1, [Batch(table, orders(1)), Batch("order_items", items(1))]),
        logged(2, [Batch(table, orders(2))]),
    ]
    archive.apply(entries)
    assert archive.tables(SHOP) == sorted(["order_items", table])
    assert len(archive.files(SHOP, table)) == 1
    assert_same(archive.read(SHOP, 0, 10), entries)


def test_a_project_folder_may_have_a_space(tmp_path: Path) -> None:
    home = tmp_path / "my shop's data, 100%"
    archive = Archive(home / "bronze", ChunkStore(home / "chunks"))
    archive.apply([simple(1)])
    archive.apply([simple(2)])
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2)])
    assert all(Path(file).is_file() for file in archive.files(SHOP, "orders"))


def test_files_hold_the_rows_and_nothing_but_the_rows(archive: Archive) -> None:
    archive.apply([simple(1), simple(2)])
    archive.apply([simple(3)])
    files = archive.files(SHOP, "orders")
    assert len(files) == 2
    held = pa.concat_tables(pq.read_table(f, partitioning=None) for f in files)
    assert held.column_names == [*ORDERS.names, "_op", "_position", "_committed_at", "_entry"]
    assert sorted(held["_position"].to_pylist()) == [1000, 1001, 2000, 2001, 3000, 3001]
    assert held.schema.field("_committed_at").type == pa.timestamp("us", tz="UTC")
    assert held["ordered_at"].to_pylist() == [NOON] * 6


def test_version_grows_with_every_change_of_the_files(archive: Archive) -> None:
    seen = [archive.version(SHOP)]
    archive.apply([simple(1)])
    seen.append(archive.version(SHOP))
    archive.apply([logged(2, controls=[Heartbeat()])])
    assert archive.version(SHOP) == seen[-1]
    archive.apply([logged(3, [Batch("items", items(3))])])
    seen.append(archive.version(SHOP))
    assert seen == sorted(set(seen))


def test_a_lost_file_is_reported_and_never_read_as_fewer_rows(
    archive: Archive, tmp_path: Path
) -> None:
    archive.apply([simple(1)])
    archive.apply([simple(2)])
    orders_table = archive._table(SHOP, "orders")
    orders_table.refresh()
    assert orders_table._handle is not None
    orders_table._handle.restore(1)  # a stranger goes back to a version before
    with pytest.raises(IncompleteArchive, match=r"0 rows of orders for entry \w+, not 2"):
        archive.read(SHOP, 0, 10)
    assert archive.verify(SHOP) == [
        f"corner_shop.orders: 0 rows of entry {entry_id(2)}, not 2",
    ]
    assert_same(archive.read(SHOP, 0, 1), [simple(1)])
