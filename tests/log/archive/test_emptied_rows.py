"""Rows past their time: bronze keeps their key as a deletion, entries stay whole, replay agrees."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from aethermart.core.entries import Batch, LoggedEntry
from aethermart.log.archive.archive import Archive
from aethermart.log.archive.delta import AppendOnlyTable
from aethermart.log.archive.settings import ArchiveSettings
from aethermart.log.chunks import ChunkStore
from tests.log.archive.shop_entries import NOON, ORDERS, SHOP
from tests.log.made import logged, rows

BOUND = NOON - timedelta(days=30)
OLD, NEW = BOUND - timedelta(microseconds=1), BOUND


def visits() -> list[LoggedEntry]:
    """Order 1 is old, 2 is new, 3 was old and got a new time, 4 was old and was deleted."""

    def batch(*changes: tuple[str, int, tuple[object, ...]]) -> Batch:
        return Batch("orders", rows(ORDERS, changes))  # type: ignore[arg-type]

    price = Decimal("1.00")
    return [
        logged(
            1,
            [
                batch(
                    ("r", 1, (1, "PAID", price, OLD)),
                    ("r", 2, (2, "PAID", price, NEW)),
                    ("r", 3, (3, "PAID", price, OLD)),
                    ("r", 4, (4, "PAID", price, OLD)),
                )
            ],
            shop=SHOP,
        ),
        logged(2, [batch(("u", 5, (3, "SHIPPED", price, NEW)))], shop=SHOP),
        logged(3, [batch(("d", 6, (4, "PAID", price, OLD)))], shop=SHOP),
    ]


def contents(entries: list[LoggedEntry]) -> list[tuple[object, ...]]:
    return [
        (row["_op"], row["order_id"], row["status"], row["ordered_at"])
        for entry in entries
        for part in entry.entry.parts
        if isinstance(part, Batch)
        for row in part.rows.to_pylist()
    ]


def emptied(archive: Archive) -> int:
    return archive.empty_rows(SHOP, "orders", ["order_id"], "ordered_at", BOUND)


@pytest.mark.promise("145")
def test_of_old_rows_the_key_is_left_as_a_deletion_and_entries_stay_whole(
    archive: Archive, tmp_path: Path
) -> None:
    archive.apply(visits())
    assert emptied(archive) == 4
    assert contents(archive.read(SHOP, 0, 10)) == [
        ("d", 1, None, None),
        ("r", 2, "PAID", NEW),
        ("d", 3, None, None),
        ("d", 4, None, None),
        ("u", 3, "SHIPPED", NEW),
        ("d", 4, None, None),
    ]
    assert archive.verify(SHOP) == []
    assert archive.applied(SHOP) == 3
    assert emptied(archive) == 0
    table = DeltaTable(tmp_path / "bronze" / SHOP / "orders")
    assert table.metadata().configuration["delta.appendOnly"] == "true"


def test_the_archive_goes_on_after_it_and_a_new_archive_reads_the_same(
    archive: Archive, chunks: ChunkStore, tmp_path: Path
) -> None:
    first, second, third = visits()
    archive.apply([first, second])
    emptied(archive)
    archive.apply([third])
    assert Archive(tmp_path / "bronze", chunks).applied(SHOP) == 3
    assert [e.offset for e in Archive(tmp_path / "bronze", chunks).read(SHOP, 0, 9)] == [1, 2, 3]
    assert emptied(archive) == 1  # what came since
    assert archive.verify(SHOP) == []


def test_the_old_files_go_with_the_vacuum_once_no_reader_may_use_them(
    tmp_path: Path, chunks: ChunkStore
) -> None:
    archive = Archive(tmp_path / "bronze", chunks, ArchiveSettings(keep_replaced_hours=0))
    archive.apply(visits())
    folder = tmp_path / "bronze" / SHOP / "orders"
    before = {path.name for path in folder.glob("*.parquet")}
    emptied(archive)
    archive.vacuum(SHOP, "orders")
    left = {path.name for path in folder.glob("*.parquet")}
    assert len(left & before) < len(before)
    times = [at for name in left for at in pq.read_table(folder / name)["ordered_at"].to_pylist()]
    assert sorted(at for at in times if at is not None) == [NEW, NEW]
    assert len(times) == 6


def test_a_crash_that_left_the_table_open_to_rewrites_is_mended_by_the_next_pass(
    archive: Archive, tmp_path: Path
) -> None:
    archive.apply(visits())
    emptied(archive)
    table = DeltaTable(tmp_path / "bronze" / SHOP / "orders")
    table.alter.set_table_properties({"delta.appendOnly": "false"})
    assert emptied(archive) == 0
    table.update_incremental()
    assert table.metadata().configuration["delta.appendOnly"] == "true"


def test_what_is_not_there_is_no_error(archive: Archive) -> None:
    assert archive.empty_rows(SHOP, "nothing", ["id"], "at", BOUND) == 0
    archive.apply(visits())
    assert archive.empty_rows(SHOP, "orders", ["order_id"], "closed_at", BOUND) == 0


def test_joined_files_are_emptied_as_well(tmp_path: Path, chunks: ChunkStore) -> None:
    archive = Archive(tmp_path / "bronze", chunks, ArchiveSettings(compact_from_files=2))
    for each in visits():
        archive.apply([each])
    assert "orders" in archive.compact(SHOP)
    assert emptied(archive) == 4
    assert archive.verify(SHOP) == []
    assert contents(archive.read(SHOP, 0, 10))[0] == ("d", 1, None, None)
    for offset in (4, 5, 6):
        archive.apply([logged(offset, shop=SHOP)])
    archive.compact(SHOP)
    assert emptied(archive) == 0
    assert len(contents(archive.read(SHOP, 0, 10))) == 6


def test_a_failure_midway_leaves_the_table_as_it_was(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    archive.apply(visits())
    before = contents(archive.read(SHOP, 0, 10))

    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(AppendOnlyTable, "swap_files", broken)
        with pytest.raises(OSError, match="No space"):
            emptied(archive)
    assert contents(archive.read(SHOP, 0, 10)) == before
    active = {Path(path).name for path in archive.files(SHOP, "orders")}
    folder = tmp_path / "bronze" / SHOP / "orders"
    assert {path.name for path in folder.glob("*.parquet")} == active
    assert emptied(archive) == 4
