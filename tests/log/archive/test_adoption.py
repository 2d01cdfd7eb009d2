from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable

from aethermart.core.entries import Batch, Chunk
from aethermart.log.archive.archive import Archive, ArchiveSettings
from aethermart.log.archive.delta import AppendOnlyTable
from aethermart.log.archive.staging import ForeignRows, opened, stage
from aethermart.log.chunks import ChunkStore, CorruptChunk
from tests.log.archive.shop_entries import (
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


def snapshot(chunks: ChunkStore, offset: int, rows: int = 100) -> Chunk:
    return chunks.write(entry_id(offset), "orders", orders(offset, rows))


def test_a_chunk_becomes_part_of_the_table_without_being_written_again(
    archive: Archive, chunks: ChunkStore
) -> None:
    chunk = snapshot(chunks, 1)
    archive.apply([logged(1, [chunk])])
    (file,) = archive.files(SHOP, "orders")
    assert Path(file).samefile(chunks.path(chunk))
    assert Path(file).parent.name == "orders"


def test_bronze_keeps_the_rows_after_the_chunk_is_deleted(
    archive: Archive, chunks: ChunkStore
) -> None:
    chunk = snapshot(chunks, 1)
    expected = model_of([logged(1, [chunk])], chunks)
    archive.apply([logged(1, [chunk])])
    chunks.delete([chunk.file])
    assert_same(archive.read(SHOP, 0, 10), expected)


def test_batches_and_chunks_of_a_table_are_one_commit(
    archive: Archive, chunks: ChunkStore, tmp_path: Path
) -> None:
    archive.apply([simple(1)])
    before = DeltaTable(tmp_path / "bronze" / SHOP / "orders").version()
    entries = [
        logged(2, [snapshot(chunks, 2)]),
        logged(3, [Batch("orders", orders(3)), Batch("items", items(3))]),
        logged(4, [Batch("orders", orders(4))]),
        logged(5, [snapshot(chunks, 5)]),
    ]
    archive.apply(entries)
    table = DeltaTable(tmp_path / "bronze" / SHOP / "orders")
    assert table.version() == before + 1
    assert table.transaction_version("bronze") == 5
    assert len(archive.files(SHOP, "orders")) == 1 + 3  # two chunks, one file for all batches
    assert_same(archive.read(SHOP, 1, 10), model_of(entries, chunks))


@pytest.mark.parametrize("code", [errno.EXDEV, errno.EPERM, errno.EMLINK])
def test_where_files_cannot_be_linked_they_are_copied(
    archive: Archive, chunks: ChunkStore, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    chunk = snapshot(chunks, 1)
    archive.apply([logged(1, [chunk])])
    (file,) = archive.files(SHOP, "orders")
    assert not Path(file).samefile(chunks.path(chunk))
    assert Path(file).read_bytes() == chunks.path(chunk).read_bytes()
    assert_same(archive.read(SHOP, 0, 1), model_of([logged(1, [chunk])], chunks))


def test_a_corrupt_chunk_stops_the_batch_before_anything_is_committed(
    archive: Archive, chunks: ChunkStore
) -> None:
    archive.apply([simple(1)])
    version = archive.version(SHOP)
    chunk = snapshot(chunks, 3)
    path = chunks.path(chunk)
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptChunk, match="SHA-256"):
        archive.apply([simple(2), logged(3, [chunk])])
    assert archive.version(SHOP) == version
    assert archive.applied(SHOP) == 1


@pytest.mark.parametrize("in_chunk", [False, True], ids=["batch", "chunk"])
def test_rows_that_name_another_entry_are_refused_as_they_would_never_be_found(
    archive: Archive, chunks: ChunkStore, in_chunk: bool
) -> None:
    archive.apply([simple(1)])
    version = archive.version(SHOP)
    rows = orders(7)
    part = chunks.write(entry_id(2), "orders", rows) if in_chunk else Batch("orders", rows)
    with pytest.raises(ForeignRows) as raised:
        archive.apply([logged(2, [part])])
    assert raised.value.cause == (
        f"orders: entry {entry_id(2)} came with 2 rows of entry {entry_id(7)},"
        " it should have 2 of its own"
    )
    assert archive.version(SHOP) == version


def test_the_bounds_of_a_file_stand_in_the_log(
    archive: Archive, chunks: ChunkStore, tmp_path: Path
) -> None:
    archive.apply([logged(1, [snapshot(chunks, 1, rows=4)])])
    log = tmp_path / "bronze" / SHOP / "orders" / "_delta_log" / f"{1:020}.json"
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    (add,) = [action["add"] for action in actions if "add" in action]
    assert add["dataChange"] is True
    assert add["size"] == Path(archive.files(SHOP, "orders")[0]).stat().st_size
    # The commits are 1,000 to 1,003 microseconds past noon: bounds are whole milliseconds.
    assert json.loads(add["stats"]) == {
        "numRecords": 4,
        "minValues": {
            "_entry": "0000000000000001abcdef123456",
            "_position": 1000,
            "_committed_at": "2026-03-01T12:00:00.001Z",
        },
        "maxValues": {
            "_entry": "0000000000000001abcdef123456",
            "_position": 1003,
            "_committed_at": "2026-03-01T12:00:00.002Z",
        },
        "nullCount": {"_entry": 0, "_position": 0, "_committed_at": 0},
    }


def test_a_bound_that_rounds_up_may_reach_the_next_second(archive: Archive, tmp_path: Path) -> None:
    rows = orders(1, 1)
    late = pa.array([datetime(2026, 12, 31, 23, 59, 59, 999_001, tzinfo=UTC)])
    at = rows.schema.get_field_index("_committed_at")
    rows = rows.set_column(at, rows.schema.field(at), late.cast(rows.schema.field(at).type))
    archive.apply([logged(1, [Batch("orders", rows)])])
    table = DeltaTable(tmp_path / "bronze" / SHOP / "orders")
    assert table.file_uris(file_pruning_predicate="_committed_at > '2026-12-31T23:59:59.999Z'")
    bounds = pa.table(table.get_add_actions(flatten=True)).to_pylist()[0]
    assert bounds["min._committed_at"] == datetime(2026, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)
    assert bounds["max._committed_at"] == datetime(2027, 1, 1, tzinfo=UTC)


def test_delta_rs_and_any_parquet_reader_see_the_same_rows(
    archive: Archive, chunks: ChunkStore, tmp_path: Path
) -> None:
    archive.apply([simple(1), logged(2, [snapshot(chunks, 2)])])
    whole = DeltaTable(tmp_path / "bronze" / SHOP / "orders").to_pyarrow_table()
    files = [pq.read_table(f, partitioning=None) for f in archive.files(SHOP, "orders")]
    assert whole.num_rows == 102 == sum(file.num_rows for file in files)
    assert sorted(whole["_position"].to_pylist()) == sorted(
        position for file in files for position in file["_position"].to_pylist()
    )


def test_duckdb_reads_adopted_and_joined_files_by_name(tmp_path: Path) -> None:
    chunks = ChunkStore(tmp_path / "chunks")
    archive = Archive(tmp_path / "bronze", chunks, ArchiveSettings(compact_from_files=2))
    columns = ORDERS.append(pa.field("note", pa.string()))
    archive.apply([logged(1, [Batch("orders", orders(1))])])
    archive.apply([logged(2, [Batch("orders", orders(2))])])
    assert "orders" in archive.compact(SHOP)
    archive.apply([logged(3, [chunks.write(entry_id(3), "orders", orders(3, columns=columns))])])
    found = duckdb.sql(
        "SELECT note, _position, typeof(total), typeof(_committed_at), count(*) OVER ()"
        " FROM read_parquet($files, union_by_name = true) ORDER BY _position",
        params={"files": archive.files(SHOP, "orders")},
    ).fetchall()
    kinds = ("DECIMAL(12,2)", "TIMESTAMP WITH TIME ZONE", 6)
    assert found == [(None, n, *kinds) for n in (1000, 1001, 2000, 2001, 3000, 3001)]


def test_a_leftover_of_a_crash_is_not_in_the_way_and_vacuum_takes_it(
    archive: Archive, chunks: ChunkStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    chunk = snapshot(chunks, 1)
    more = rows_of(ORDERS, entry_id(1), 1500, [{"order_id": 1500}])
    entry = logged(1, [chunk, Batch("orders", more)])
    with monkeypatch.context() as patched:
        patched.setattr(AppendOnlyTable, "commit", killed)
        with pytest.raises(Killed):
            archive.apply([entry])
    folder = tmp_path / "bronze" / SHOP / "orders"
    assert len(list(folder.glob("*.parquet"))) == 2  # staged, never committed
    second = Archive(tmp_path / "bronze", chunks)
    second.apply([entry])
    assert len(list(folder.glob("*.parquet"))) == 4
    table = second._table(SHOP, "orders")
    table.vacuum(kept_hours=1)
    assert len(list(folder.glob("*.parquet"))) == 4  # too young: it could be about to be committed
    table.vacuum(kept_hours=0)
    assert sorted(str(f) for f in folder.glob("*.parquet")) == sorted(second.files(SHOP, "orders"))
    assert_same(second.read(SHOP, 0, 1), model_of([entry], chunks))


def test_an_old_chunk_is_safe_from_a_vacuum_before_its_commit(
    archive: Archive, chunks: ChunkStore
) -> None:
    """Its link in the table's folder counts as new, though the chunk may be days old."""
    archive.apply([simple(1)])
    chunk = snapshot(chunks, 2)
    os.utime(chunks.path(chunk), (1, 1))
    table = archive._table(SHOP, "orders")
    schema = table.schema()
    assert schema is not None
    (staged,) = stage([opened(chunk, entry_id(2), chunks)], table.folder, schema, ["_entry"])
    table.vacuum(kept_hours=1)
    assert (table.folder / staged.name).exists()
