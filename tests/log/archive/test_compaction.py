from __future__ import annotations

import json
import threading
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from deltalake.table import TableOptimizer

from aethermart.core.entries import Batch, Heartbeat
from aethermart.log.archive.archive import Archive, ArchiveSettings
from aethermart.log.chunks import ChunkStore
from tests.log.archive.shop_entries import (
    ORDERS,
    SHOP,
    assert_same,
    entry_id,
    logged,
    model_of,
    orders,
    rows_of,
    simple,
)


def archive_that_joins(tmp_path: Path, from_files: int, kept_hours: int = 1) -> Archive:
    settings = ArchiveSettings(compact_from_files=from_files, keep_replaced_hours=kept_hours)
    return Archive(tmp_path / "bronze", ChunkStore(tmp_path / "chunks"), settings)


def test_many_small_files_become_one_and_nothing_else_changes(tmp_path: Path) -> None:
    archive = archive_that_joins(tmp_path, from_files=4)
    for offset in range(1, 4):
        archive.apply([simple(offset)])
    assert archive.compact(SHOP) == []
    archive.apply([simple(4)])
    version = archive.version(SHOP)
    assert archive.compact(SHOP) == ["items", "orders", "_entries"]
    assert len(archive.files(SHOP, "orders")) == 1
    assert archive.version(SHOP) > version
    assert archive.applied(SHOP) == 4
    assert_same(archive.read(SHOP, 0, 10), [simple(n) for n in range(1, 5)])
    assert archive.verify(SHOP) == []
    archive.apply([simple(5)])
    assert_same(archive.read(SHOP, 3, 10), [simple(4), simple(5)])


def test_large_files_are_not_counted_and_left_as_they_are(
    tmp_path: Path, chunks: ChunkStore
) -> None:
    settings = ArchiveSettings(compact_from_files=2, compact_to_bytes=20_000)
    archive = Archive(tmp_path / "bronze", chunks, settings)
    chunk = chunks.write(entry_id(1), "orders", orders(1, 20_000))
    assert chunk.size_bytes > 20_000
    entries = [
        logged(1, [chunk]),
        logged(2, [Batch("orders", orders(2))]),
        logged(3, [Batch("orders", orders(3))]),
    ]
    archive.apply(entries[:1])
    adopted = archive.files(SHOP, "orders")
    archive.apply(entries[1:2])
    assert "orders" not in archive.compact(SHOP)
    archive.apply(entries[2:])
    assert "orders" in archive.compact(SHOP)
    files = archive.files(SHOP, "orders")
    assert len(files) == 2
    assert adopted[0] in files


def test_rows_that_share_a_position_keep_their_order(tmp_path: Path) -> None:
    archive = archive_that_joins(tmp_path, from_files=2)
    entries = []
    for offset in (1, 2):
        rows = orders(offset, 50)
        at = rows.schema.get_field_index("_position")
        same = rows.set_column(at, rows.schema.field(at), [[7] * 50])
        entries.append(logged(offset, [Batch("orders", same)]))
        archive.apply(entries[-1:])
    assert archive.compact(SHOP)
    assert_same(archive.read(SHOP, 0, 10), entries)


def test_joined_files_still_say_which_entries_they_hold(tmp_path: Path) -> None:
    archive = archive_that_joins(tmp_path, from_files=3)
    for offset in range(1, 7):
        archive.apply([simple(offset)])
        if offset in (3, 6):
            archive.compact(SHOP)
    table = archive._table(SHOP, "orders")
    table.refresh()
    (file,) = table.files()
    assert (file.first, file.last) == (entry_id(1), entry_id(6))
    metadata = pq.read_metadata(table.folder / file.name)
    assert metadata.row_group(0).column(0).compression == "ZSTD"


def test_a_reader_may_finish_with_the_files_it_listed(tmp_path: Path) -> None:
    archive = archive_that_joins(tmp_path, from_files=2)
    archive.apply([simple(1)])
    archive.apply([simple(2)])
    listed = archive.files(SHOP, "orders")
    assert archive.compact(SHOP)
    assert not set(listed) & set(archive.files(SHOP, "orders"))
    assert sum(pq.read_metadata(file).num_rows for file in listed) == 4
    impatient = archive_that_joins(tmp_path, from_files=2, kept_hours=0)
    impatient.apply([simple(3)])
    assert impatient.compact(SHOP)
    assert not any(Path(file).exists() for file in listed)
    assert_same(impatient.read(SHOP, 0, 10), [simple(1), simple(2), simple(3)])


def test_appends_and_reads_go_on_beside_compaction(tmp_path: Path, chunks: ChunkStore) -> None:
    entries = []
    for offset in range(1, 41):
        part = Batch("orders", orders(offset, 20))
        chunk = chunks.write(entry_id(offset), "items", orders(offset, 30))
        entries.append(logged(offset, [part, chunk]))
    model = model_of(entries, chunks)
    writer = archive_that_joins(tmp_path, from_files=3)
    reader = archive_that_joins(tmp_path, from_files=3)
    done = threading.Event()
    failures: list[BaseException] = []

    def append() -> None:
        try:
            for entry in entries:
                writer.apply([entry])
        except BaseException as error:  # noqa: BLE001  # the test's own thread reports it
            failures.append(error)
        finally:
            done.set()

    thread = threading.Thread(target=append)
    thread.start()
    joined = reads = 0
    while not done.is_set():
        joined += len(writer.compact(SHOP))
        found = reader.read(SHOP, 0, 100)
        assert_same(found, model[: len(found)])
        reads += 1
    thread.join()
    assert failures == []
    assert joined >= 2
    assert reads >= 2
    assert_same(reader.read(SHOP, 0, 100), model)
    assert writer.verify(SHOP) == []


def test_a_column_added_during_compaction_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = archive_that_joins(tmp_path, from_files=2)
    archive.apply([simple(1)])
    archive.apply([simple(2)])
    columns = ORDERS.append(ORDERS.field("status").with_name("note"))
    entry = logged(
        3, [Batch("orders", rows_of(columns, entry_id(3), 3000, [{"order_id": 1, "note": "x"}]))]
    )
    compact = TableOptimizer.compact

    def interrupted(self, **options):  # type: ignore[no-untyped-def]
        monkeypatch.undo()
        archive.apply([entry])
        return compact(self, **options)

    monkeypatch.setattr(TableOptimizer, "compact", interrupted)
    assert archive._table(SHOP, "orders").compact(2, 1 << 26) is False
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2), entry])
    assert archive._table(SHOP, "orders").compact(2, 1 << 26) is True
    assert_same(archive.read(SHOP, 0, 10), [simple(1), simple(2), entry])


def test_a_checkpoint_is_written_every_hundred_commits(tmp_path: Path) -> None:
    """A process that opens the table later need not read every commit there was."""
    archive = archive_that_joins(tmp_path, from_files=1000)
    for offset in range(1, 103):
        archive.apply([logged(offset, controls=[Heartbeat()])])
    log = tmp_path / "bronze" / SHOP / "_entries" / "_delta_log"
    assert json.loads((log / "_last_checkpoint").read_text())["version"] in (99, 100)
    later = archive_that_joins(tmp_path, from_files=2)
    assert [e.offset for e in later.read(SHOP, 0, 200)] == list(range(1, 103))
    assert later.compact(SHOP) == ["_entries"]
    assert [e.offset for e in later.read(SHOP, 0, 200)] == list(range(1, 103))
