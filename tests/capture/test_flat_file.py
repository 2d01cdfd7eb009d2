"""A file as a shop: read whole when its content changes, its rows told apart by their place."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aethermart.capture.flat_file.source import FlatFileShop, FlatFileSource
from aethermart.core.entries import (
    Column,
    Entry,
    Heartbeat,
    SnapshotBegin,
    SnapshotEnd,
    TableSchema,
)
from aethermart.core.errors import BadInput, Forbidden, NotFound, Unavailable
from aethermart.log.chunks import ChunkStore
from tests.capture.replay import Replay, follow

ROWS = pa.table({"invoice": ["A1", "A1", None], "quantity": [6, 6, -1]})


class FileBench:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "sales.parquet"
        self.chunks = ChunkStore(folder / "chunks")
        self.replay = Replay(self.chunks)
        self.restart()

    def restart(self) -> None:
        self.source = FlatFileSource(FlatFileShop("kiosk", self.path, "lines"), self.chunks)

    def put(self, rows: pa.Table, **options: Any) -> None:
        """A new file in place of the old, in one go."""
        new = self.path.with_suffix(".new")
        pq.write_table(rows, new, **options)
        new.rename(self.path)

    def pump(self, *, heartbeat: bool = True) -> list[Entry]:
        before = len(self.replay.entries)
        follow(self.replay, self.source.read(self.replay.end, heartbeat=heartbeat))
        return self.replay.entries[before:]


@pytest.fixture
def bench(tmp_path: Path) -> FileBench:
    made = FileBench(tmp_path)
    made.put(ROWS)
    return made


def test_rows_are_numbered_from_one_and_repeats_are_kept(bench: FileBench) -> None:
    schema, begin = bench.pump()[0].controls
    assert schema == TableSchema(
        "lines",
        (
            Column("line_number", "int64", nullable=False),
            Column("invoice", "string"),
            Column("quantity", "int64"),
        ),
        ("line_number",),
    )
    assert isinstance(begin, SnapshotBegin)
    assert begin.tables == ("lines",)
    assert bench.replay.table("lines") == [
        {"line_number": 1, "invoice": "A1", "quantity": 6},
        {"line_number": 2, "invoice": "A1", "quantity": 6},
        {"line_number": 3, "invoice": None, "quantity": -1},
    ]
    last = bench.replay.entries[-1]
    assert last.controls == (SnapshotEnd(begin.snapshot, ("lines",)),)


def test_a_file_that_stays_as_it_is_gives_heartbeats_and_nothing_else(bench: FileBench) -> None:
    bench.pump()
    end = bench.replay.end
    for _ in range(3):
        assert [entry.controls for entry in bench.pump()] == [(Heartbeat(),)]
        assert bench.pump(heartbeat=False) == []
    bench.restart()
    assert [entry.controls for entry in bench.pump()] == [(Heartbeat(),)]
    assert bench.replay.end == end


def test_a_changed_file_is_read_anew(bench: FileBench) -> None:
    bench.pump()
    bench.put(pa.table({"invoice": ["B1"], "quantity": [1], "city": ["Oslo"]}))
    bench.pump(heartbeat=False)
    assert bench.replay.table("lines") == [
        {"line_number": 1, "invoice": "B1", "quantity": 1, "city": "Oslo"}
    ]


@pytest.mark.parametrize("how", ["touched", "copied over", "another file, same time and size"])
def test_a_file_touched_but_not_changed_is_not_read_again(bench: FileBench, how: str) -> None:
    bench.pump()
    stat = bench.path.stat()
    if how == "touched":
        os.utime(bench.path, ns=(1, 1))
    else:
        copy = bench.path.with_suffix(".copy")
        shutil.copy(bench.path, copy)
        if how.startswith("another"):
            os.utime(copy, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        copy.rename(bench.path)
    assert [entry.controls for entry in bench.pump(heartbeat=False)] == [(Heartbeat(),)]
    assert bench.pump(heartbeat=False) == []


def test_another_content_of_the_same_size_and_time_is_found(bench: FileBench) -> None:
    """As `cp -p` or a restored backup may leave it."""
    bench.put(pa.table({"n": pa.array([1], pa.int64())}), compression="none")
    bench.pump()
    stat = bench.path.stat()
    bench.put(pa.table({"n": pa.array([2], pa.int64())}), compression="none")
    assert bench.path.stat().st_size == stat.st_size
    os.utime(bench.path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    bench.pump()
    assert bench.replay.table("lines") == [{"line_number": 1, "n": 2}]


def test_a_file_without_rows_is_an_empty_table(bench: FileBench) -> None:
    bench.pump()
    bench.put(ROWS.slice(0, 0))
    assert [len(entry.parts) for entry in bench.pump()] == [0, 0]
    assert bench.replay.table("lines") == []


def test_large_files_travel_as_chunks_in_entries_that_follow_each_other(
    bench: FileBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aethermart.capture.flat_file.source._READ_ROWS", 100)
    monkeypatch.setattr("aethermart.capture.chunking.CHUNK_ROWS", 300)
    monkeypatch.setattr("aethermart.capture.chunking.INLINE_ROWS", 100)
    bench.put(pa.table({"n": range(1000)}))
    entries = bench.pump()
    assert [entry.rows for entry in entries] == [0, 300, 300, 300, 100, 0]
    kinds = [type(part).__name__ for entry in entries for part in entry.parts]
    assert kinds == ["Chunk", "Chunk", "Chunk", "Batch"]
    assert len({entry.end for entry in entries}) == len(entries)
    assert [(row["line_number"], row["n"]) for row in bench.replay.table("lines")] == [
        (n + 1, n) for n in range(1000)
    ]


def test_a_reading_cut_short_is_begun_anew(
    bench: FileBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aethermart.capture.flat_file.source._READ_ROWS", 1)
    monkeypatch.setattr("aethermart.capture.chunking.CHUNK_ROWS", 1)
    for appended in (1, 2, 4):
        entries = bench.source.read(bench.replay.end, heartbeat=False)
        for _ in range(appended):
            bench.replay.apply(next(entries))
        bench.restart()
    bench.pump()
    assert len(bench.replay.table("lines")) == 3
    assert bench.replay.under_way == set()


def test_a_file_put_in_place_meanwhile_does_not_mix_with_the_one_being_read(
    bench: FileBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aethermart.capture.flat_file.source._READ_ROWS", 1)
    monkeypatch.setattr("aethermart.capture.chunking.CHUNK_ROWS", 1)
    entries = bench.source.read(None, heartbeat=False)
    bench.replay.apply(next(entries))
    bench.replay.apply(next(entries))
    bench.put(pa.table({"invoice": ["NEW"], "quantity": [9]}))
    follow(bench.replay, entries)
    assert [row["invoice"] for row in bench.replay.table("lines")] == ["A1", "A1", None]
    bench.pump()
    assert [row["invoice"] for row in bench.replay.table("lines")] == ["NEW"]


def test_a_file_written_to_while_it_is_read_is_read_anew(
    bench: FileBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aethermart.capture.flat_file.source._READ_ROWS", 1)
    monkeypatch.setattr("aethermart.capture.chunking.CHUNK_ROWS", 1)
    entries = bench.source.read(None, heartbeat=False)
    bench.replay.apply(next(entries))
    with bench.path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(Unavailable, match=r"sales\.parquet was written to while it was read"):
        follow(bench.replay, entries)
    assert "lines" not in bench.replay.live
    bench.put(ROWS)
    bench.pump()
    assert len(bench.replay.table("lines")) == 3


def test_a_missing_file_is_named_and_found_when_it_comes(bench: FileBench) -> None:
    bench.path.unlink()
    with pytest.raises(NotFound, match=r"shop kiosk: .*sales\.parquet: there is no such file"):
        bench.pump()
    bench.put(ROWS)
    bench.pump()
    bench.path.unlink()
    with pytest.raises(NotFound):
        bench.pump(heartbeat=False)
    assert len(bench.replay.table("lines")) == 3


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"invoice,quantity\nA1,6\n", b"PAR1" + b"\0" * 100 + b"PAR1"]
)
def test_a_file_that_is_not_parquet_is_bad_input(bench: FileBench, content: bytes) -> None:
    bench.path.write_bytes(content)
    with pytest.raises(BadInput, match=r"sales\.parquet cannot be read as Parquet: "):
        bench.pump()
    assert bench.replay.entries == []


def test_a_damaged_page_is_bad_input_and_shows_nothing(bench: FileBench) -> None:
    bench.put(pa.table({"n": range(100_000)}), compression="zstd")
    data = bytearray(bench.path.read_bytes())
    data[10:100] = bytes(90)
    bench.path.write_bytes(bytes(data))
    with pytest.raises(BadInput, match=r"sales\.parquet cannot be read as Parquet: "):
        bench.pump()
    assert "lines" not in bench.replay.live


def test_a_folder_is_bad_input(bench: FileBench) -> None:
    bench.path.unlink()
    bench.path.mkdir()
    with pytest.raises(BadInput, match="is a folder, not a file"):
        bench.pump()


@pytest.fixture
def unreadable(bench: FileBench) -> Iterator[None]:
    """Root may read anything, so it steps down for a while."""
    bench.path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield
    if root:
        os.seteuid(0)


@pytest.mark.usefixtures("unreadable")
def test_a_file_that_may_not_be_read_is_forbidden(bench: FileBench) -> None:
    with pytest.raises(Forbidden, match="may not be read"):
        bench.pump()


NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "column, kind, value",
    [
        (pa.array([7], pa.int8()), "int64", 7),
        (pa.array([7], pa.uint32()), "int64", 7),
        (pa.array([0.5], pa.float32()), "double", 0.5),
        (pa.array(["x"], pa.large_string()), "string", "x"),
        (pa.array(["x"]).dictionary_encode(), "string", "x"),
        (pa.array([b"x"], pa.large_binary()), "binary", b"x"),
        (pa.array([True]), "bool", True),
        (pa.array([NOON], pa.timestamp("ms", "Europe/Berlin")), "timestamp[us, tz=UTC]", NOON),
        (pa.array([NOON], pa.timestamp("ns", "UTC")), "timestamp[us, tz=UTC]", NOON),
        (pa.array([NOON.date()], pa.date64()), "date32[day]", NOON.date()),
        (pa.array([Decimal("1.50")]), "decimal128(3, 2)", Decimal("1.50")),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_values_travel_as_they_are_in_types_that_every_sink_knows(
    bench: FileBench, column: pa.Array[Any], kind: str, value: object
) -> None:
    bench.put(pa.table({"value": column}))
    schema = bench.pump()[0].controls[0]
    assert isinstance(schema, TableSchema)
    assert schema.columns[1] == Column("value", kind)
    assert bench.replay.table("lines") == [{"line_number": 1, "value": value}]


@pytest.mark.parametrize(
    "name, column, told",
    [
        ("value", pa.array([1], pa.uint64()), "column value has type uint64"),
        ("value", pa.array([1], pa.timestamp("us")), r"column value has type timestamp\[us\]"),
        ("value", pa.array([[1]]), "column value has type list<"),
        ("value", pa.array([1], pa.timestamp("ns", "UTC")), "cannot be read as Parquet: Casting"),
        ("line_number", pa.array([1]), "has a column 'line_number', a name kept for our own"),
        ("_op", pa.array([1]), "has a column '_op', a name kept for our own"),
    ],
)
def test_a_column_that_cannot_be_kept_is_bad_input(
    bench: FileBench, name: str, column: pa.Array[Any], told: str
) -> None:
    bench.put(pa.table({name: column}))
    with pytest.raises(BadInput, match=told):
        bench.pump()


def test_two_columns_of_one_name_are_bad_input(bench: FileBench) -> None:
    bench.put(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["n", "n"]))
    with pytest.raises(BadInput, match="has a column 'n' twice"):
        bench.pump()


def test_the_shipped_file_is_read_whole(bench: FileBench) -> None:
    import aethermart.packs

    bench.path = Path(aethermart.packs.__file__).parent / "online_retail" / "online_retail.parquet"
    bench.restart()
    entries = list(bench.source.read(None, heartbeat=True))
    assert sum(entry.rows for entry in entries) == 541_909
