from __future__ import annotations

import hashlib
import os
import resource
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aethermart.core.entries import Chunk
from aethermart.core.errors import DiskFull
from aethermart.log.chunks import ChunkStore, CorruptChunk

ROWS = pa.table({"order_id": [1, 2, 3], "status": ["PAID", "PAID", None]})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "chunks"


@pytest.fixture
def store(folder: Path) -> ChunkStore:
    return ChunkStore(folder)


def test_a_chunk_describes_the_file_it_names(store: ChunkStore, folder: Path) -> None:
    chunk = store.write("e1", "orders", ROWS)
    data = (folder / chunk.file).read_bytes()
    assert (chunk.table, chunk.rows) == ("orders", 3)
    assert chunk.size_bytes == len(data)
    assert chunk.sha256 == hashlib.sha256(data).hexdigest()
    assert names(folder) == [chunk.file]


def test_rows_come_back_with_their_exact_schema(store: ChunkStore) -> None:
    schema = pa.schema(
        [
            pa.field("id", pa.int64(), nullable=False),
            pa.field("price", pa.decimal128(12, 2)),
            pa.field("at", pa.timestamp("us", tz="UTC")),
            pa.field("_position", pa.int64(), nullable=False),
        ]
    )
    rows = pa.Table.from_pylist([{"id": 7, "price": None, "at": None, "_position": 40}], schema)
    read = store.read(store.write("e1", "products", rows))
    assert read.schema.equals(schema)
    assert read.equals(rows)


def test_batches_are_streamed_into_full_row_groups(store: ChunkStore) -> None:
    batch = pa.record_batch({"n": list(range(50_000))})
    chunk = store.write("e1", "orders", (batch for _ in range(6)))
    assert chunk.rows == 300_000
    metadata = pq.read_metadata(store.path(chunk))
    groups = [metadata.row_group(i).num_rows for i in range(metadata.num_row_groups)]
    assert groups == [131_072, 131_072, 37_856]


def test_an_empty_table_is_a_chunk_and_no_batch_at_all_is_not(
    store: ChunkStore, folder: Path
) -> None:
    chunk = store.write("e1", "orders", ROWS.slice(0, 0))
    assert store.read(chunk).equals(ROWS.slice(0, 0))
    with pytest.raises(ValueError, match="at least one batch"):
        store.write("e1", "orders", iter(()))
    assert names(folder) == [chunk.file]


def test_a_table_with_an_awkward_name_has_a_plain_file_name(store: ChunkStore) -> None:
    chunk = store.write("e1", "../order items/é", ROWS)
    assert chunk.table == "../order items/é"
    assert chunk.file.startswith("e1-___order_items__-")
    assert store.read(chunk).equals(ROWS)


def test_two_chunks_of_one_entry_and_table_have_different_files(store: ChunkStore) -> None:
    assert store.write("e1", "orders", ROWS).file != store.write("e1", "orders", ROWS).file


def test_a_flipped_byte_is_reported_with_both_sums(store: ChunkStore, folder: Path) -> None:
    chunk = store.write("e1", "orders", ROWS)
    path = folder / chunk.file
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptChunk) as raised:
        store.path(chunk)
    assert raised.value.cause == (
        f"a chunk of orders cannot be trusted: {path} has SHA-256 "
        f"{hashlib.sha256(data).hexdigest()}, not {chunk.sha256}"
    )
    assert raised.value.fix == (
        "capture the table anew: `aethermart capture run --snapshot orders`"
    )
    assert not raised.value.retryable


def test_a_byte_flipped_after_a_good_read_is_found(store: ChunkStore, folder: Path) -> None:
    chunk = store.write("e1", "orders", ROWS)
    store.path(chunk)
    path = folder / chunk.file
    data = bytearray(path.read_bytes())
    data[8] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(1, 1))
    with pytest.raises(CorruptChunk, match="SHA-256"):
        store.read(chunk)


def test_a_file_cut_short_is_reported(store: ChunkStore, folder: Path) -> None:
    chunk = store.write("e1", "orders", ROWS)
    with (folder / chunk.file).open("r+b") as file:
        file.truncate(10)
    with pytest.raises(CorruptChunk, match=f"has 10 bytes, not {chunk.size_bytes}"):
        store.path(chunk)


def test_a_missing_file_is_reported(store: ChunkStore) -> None:
    chunk = Chunk("orders", "gone.parquet", 1, 10, "00")
    with pytest.raises(CorruptChunk, match=r"gone\.parquet is missing"):
        store.path(chunk)


def test_a_file_is_hashed_once(store: ChunkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    chunk = store.write("e1", "orders", ROWS)
    hashed = []
    digest = hashlib.file_digest

    def counting(file, algorithm):  # type: ignore[no-untyped-def]
        hashed.append(file.name)
        return digest(file, algorithm)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    first, second = store.path(chunk), store.path(chunk)
    assert first == second
    assert hashed == [str(first)]


def test_a_name_that_leads_out_of_the_folder_is_refused(
    store: ChunkStore, folder: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "precious.parquet"
    outside.write_bytes(b"x")
    folder.mkdir()
    with pytest.raises(ValueError, match="not the name of a chunk file"):
        store.delete(["../precious.parquet"])
    with pytest.raises(ValueError, match="not the name of a chunk file"):
        store.path(Chunk("orders", "../precious.parquet", 1, 1, "00"))
    assert outside.exists()


def test_deleting_twice_is_no_error(store: ChunkStore, folder: Path) -> None:
    chunk, kept = store.write("e1", "orders", ROWS), store.write("e2", "orders", ROWS)
    store.delete([chunk.file])
    store.delete([chunk.file])
    assert names(folder) == [kept.file]


def test_orphans_are_old_files_that_no_entry_names(store: ChunkStore, folder: Path) -> None:
    assert store.orphans(set(), older_than_s=0) == []  # the folder does not exist yet
    named, leftover, fresh = (store.write(f"e{n}", "orders", ROWS).file for n in (1, 2, 3))
    unfinished = folder / "e4-orders-0.parquet.unfinished"
    unfinished.write_bytes(b"PAR1")
    stranger = folder / "notes.txt"
    stranger.write_text("not ours")
    an_hour_ago = time.time() - 3600
    for name in (named, leftover, unfinished.name, stranger.name):
        os.utime(folder / name, (an_hour_ago, an_hour_ago))
    assert store.orphans({named}, older_than_s=600) == [leftover, unfinished.name]
    assert store.remove_orphans({named}, older_than_s=600) == [leftover, unfinished.name]
    assert names(folder) == sorted([named, fresh, stranger.name])


def test_a_failure_of_the_source_leaves_no_file(store: ChunkStore, folder: Path) -> None:
    def torn():  # type: ignore[no-untyped-def]
        yield pa.record_batch({"n": [1]})
        raise ConnectionError("the shop went away")

    with pytest.raises(ConnectionError, match="the shop went away"):
        store.write("e1", "orders", torn())
    assert names(folder) == []


def test_a_full_disk_is_transient_and_leaves_no_file(tmp_path: Path) -> None:
    """A real limit on a file's size, in a process of its own."""
    script = textwrap.dedent(
        """
        import os, random, resource, sys
        from pathlib import Path
        import pyarrow as pa
        from aethermart.core.errors import DiskFull
        from aethermart.log.chunks import ChunkStore

        folder = Path(sys.argv[1])
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        rows = pa.table({"n": [random.getrandbits(62) for _ in range(300_000)]})
        try:
            ChunkStore(folder).write("e1", "orders", rows)
        except DiskFull as error:
            print(error.exit_code, error, os.listdir(folder), sep="|")
        """
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    assert run.stdout.strip() == (
        f"75|no room to write in {tmp_path}: File too large\n"
        "  fix: free space there or raise the limit; the work is retried and nothing is lost|[]"
    )
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 100_000


def test_no_space_left_is_named(store: ChunkStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match="No space left on device") as raised:
        store.write("e1", "orders", ROWS)
    assert raised.value.retryable


def test_another_failure_of_the_disk_keeps_its_own_name(
    store: ChunkStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(OSError, match="Input/output error"):
        store.write("e1", "orders", ROWS)
