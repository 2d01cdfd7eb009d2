"""No room for a chunk: told as what it is, and with room again nothing is missing."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from aethermart.core.errors import DiskFull
from aethermart.log.chunks import ChunkStore
from tests.capture.bench import SHOP, Bench
from tests.capture.conftest import MakeBench

pytestmark = pytest.mark.service("postgres")


@pytest.fixture
def bench(make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """Nothing fits in the log, so that all goes to the disk."""
    monkeypatch.setattr("aethermart.capture.postgres.window.INLINE_ROWS", 0)
    monkeypatch.setattr("aethermart.capture.chunking.INLINE_ROWS", 0)
    monkeypatch.setattr("aethermart.capture.chunking.CHUNK_ROWS", 2000)
    monkeypatch.setattr("aethermart.capture.postgres.copying.BLOCK_BYTES", 10_000)
    made = make_bench(tables=["first", "second"])
    for name in ("first", "second"):
        made.sql(f"CREATE TABLE {name} (id int PRIMARY KEY, noise text)")
        made.sql(
            f"INSERT INTO {name} SELECT i, md5(i::text) || md5((i * 7)::text)"
            " FROM generate_series(1, 5000) AS i"
        )
    return made


def meet_a_full_disk(bench: Bench) -> str:
    """Try three times, as the runner does; what the error says."""
    said = set()
    for _ in range(3):
        with pytest.raises(DiskFull) as caught:
            bench.pump()
        assert caught.value.retryable
        said.add(str(caught.value))
    assert len(said) == 1
    return said.pop()


def change(bench: Bench) -> None:
    for name in ("first", "second"):
        bench.sql(f"UPDATE {name} SET id = -id, noise = md5(noise) WHERE id % 2 = 0")


@pytest.fixture
def file_limit() -> Iterator[None]:
    """Files of this process cannot grow past 20 kB."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def lift_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


@pytest.mark.usefixtures("file_limit")
def test_a_limit_on_file_sizes_holds_a_snapshot_up_and_loses_nothing(bench: Bench) -> None:
    said = meet_a_full_disk(bench)
    assert said.startswith(f"no room to write in {bench.folder / 'chunks'}: ")
    assert list((bench.folder / "chunks").iterdir()) == []
    bench.sql("DELETE FROM first WHERE id < 100")
    lift_limit()
    bench.pump()
    assert bench.same("first", "second")
    assert bench.replay.under_way == set()


def test_a_limit_on_file_sizes_holds_a_window_up_and_loses_nothing(
    bench: Bench, request: pytest.FixtureRequest
) -> None:
    bench.pump()
    change(bench)
    before, logged = bench.waiting(), len(bench.replay.entries)
    request.getfixturevalue("file_limit")
    meet_a_full_disk(bench)
    assert (bench.waiting(), len(bench.replay.entries)) == (before, logged)
    lift_limit()
    assert bench.pump() == 1
    assert bench.same("first", "second")


def test_a_disk_that_fills_up_holds_capture_up_and_loses_nothing(
    bench: Bench, small_disk: Path
) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(900_000))
    bench.chunks = ChunkStore(small_disk / "chunks")
    bench.replay = type(bench.replay)(bench.chunks)
    bench.restart()
    said = meet_a_full_disk(bench)
    assert "No space left on device" in said
    assert "\n  fix: free space there" in said
    ballast.unlink()
    bench.pump()
    assert bench.same("first", "second")
    chunks = {name for e in bench.replay.entries for name in _files(e.parts)}
    left = {path.name for path in (small_disk / "chunks").iterdir()} - chunks
    os.sync()
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 50_000))
    change(bench)
    meet_a_full_disk(bench)
    ballast.unlink()
    bench.chunks.delete(left)
    bench.pump()
    assert bench.same("first", "second")
    assert bench.state.stopped(SHOP) == {}


def _files(parts: tuple[object, ...]) -> set[str]:
    return {name for part in parts if (name := getattr(part, "file", None)) is not None}
