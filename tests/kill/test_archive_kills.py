"""The archive's process dies by SIGKILL; a second one completes the work, exactly."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aethermart.core.entries import Batch, LoggedEntry, Truncate
from aethermart.log.chunks import ChunkStore
from aethermart.log.codec import encode
from tests.kill.archive_child import SHOP, open_archive, read_log
from tests.log.archive.shop_entries import (
    assert_same,
    entry_id,
    items,
    logged,
    model_of,
    orders,
)

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = 10


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A project with a log of orders, items, snapshot chunks and truncates."""
    home = tmp_path / "my project"
    (home / "log").mkdir(parents=True)
    chunks = ChunkStore(home / "chunks")
    for offset in range(1, ENTRIES + 1):
        entry = logged(
            offset,
            [
                Batch("orders", orders(offset, 20)),
                Batch("items", items(offset, 30)),
                *([chunks.write(entry_id(offset), "stock", orders(offset, 400))] * (offset % 2)),
            ],
            [Truncate("items", offset * 1000)] if offset % 3 == 0 else [],
        )
        (home / "log" / f"{offset:06}.entry").write_bytes(encode(entry.entry))
    return home


def run_child(home: Path, kill_at: str = "") -> int:
    """Run to the end or to the kill; returns the exit status, -9 when killed."""
    with start_child(home, kill_at) as child:
        return child.wait(timeout=120)


def start_child(home: Path, kill_at: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.kill.archive_child", str(home)],
        cwd=ROOT,
        env={**os.environ, "AETHERMART_KILL_AT": kill_at},
    )


def model(home: Path) -> list[LoggedEntry]:
    """What must be read at the end: the log itself, in memory."""
    return model_of(read_log(home), ChunkStore(home / "chunks"))


def assert_consistent(home: Path, expected: list[LoggedEntry]) -> int:
    """What `_entries` names is whole, whatever else lies there; returns how far that is."""
    archive = open_archive(home)
    applied = archive.applied(SHOP)
    assert_same(archive.read(SHOP, 0, 100), expected[:applied])
    assert archive.verify(SHOP) == []
    return applied


def assert_completed(home: Path, expected: list[LoggedEntry]) -> None:
    assert run_child(home) == 0
    assert assert_consistent(home, expected) == ENTRIES
    # Nothing doubled anywhere, also not in rows that no entry names.
    total = {"orders": 20 * ENTRIES, "items": 30 * ENTRIES, "stock": 400 * ENTRIES // 2}
    archive = open_archive(home)
    for table, rows in total.items():
        found = archive._fresh(SHOP, table)
        assert found._handle is not None
        assert found._handle.to_pyarrow_table().num_rows == rows


# A batch is two entries and three tables, so it passes the first point three times. Files are
# joined after the third batch: three tables, then `_entries`.
@pytest.mark.parametrize(
    "point, applied",
    [
        ("archive.table_committed:1", 0),
        ("archive.table_committed:2", 0),
        ("archive.table_committed:6", 2),
        ("archive.tables_committed:1", 0),
        ("archive.tables_committed:3", 4),
        ("archive.compacting:1", 6),
        ("archive.compacting:4", 6),
    ],
)
def test_killed_at_a_named_point(home: Path, point: str, applied: int) -> None:
    expected = model(home)
    assert run_child(home, point) == -signal.SIGKILL
    assert assert_consistent(home, expected) == applied
    assert_completed(home, expected)


def test_killed_twice_in_the_same_place(home: Path) -> None:
    expected = model(home)
    for _ in range(2):
        # The second child finds all tables committed, so it passes here again at once.
        assert run_child(home, "archive.tables_committed:1") == -signal.SIGKILL
        assert assert_consistent(home, expected) == 0
    assert_completed(home, expected)


def test_killed_while_files_are_rewritten(home: Path) -> None:
    """From outside, as soon as a joined file begins to appear, before or at its commit."""
    expected = model(home)
    with start_child(home) as child:
        while child.poll() is None:
            if any((home / "bronze").glob(f"{SHOP}/*/part-*.parquet*")):
                child.kill()
                break
            time.sleep(0.0002)
        assert child.wait() == -signal.SIGKILL
    assert assert_consistent(home, expected) < ENTRIES
    assert_completed(home, expected)


@pytest.mark.parametrize(
    "kills", [pytest.param(2, id="2"), pytest.param(40, id="40", marks=pytest.mark.nightly)]
)
def test_killed_at_random_moments(home: Path, kills: int) -> None:
    seed = int(os.environ.get("AETHERMART_SEED", "0")) or time.time_ns() % 1_000_000
    print(f"AETHERMART_SEED={seed}")
    chance = random.Random(seed)
    expected = model(home)
    for _ in range(kills):
        with start_child(home) as child:
            time.sleep(chance.uniform(0.3, 2.0))
            child.kill()
        if assert_consistent(home, expected) == ENTRIES:
            for leftover in sorted((home / "bronze").rglob("*"), reverse=True):
                leftover.rmdir() if leftover.is_dir() else leftover.unlink()
    assert_completed(home, expected)
