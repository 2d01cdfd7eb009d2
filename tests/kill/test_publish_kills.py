"""The publisher dies by SIGKILL: the manifest names one whole state, the next run mends it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.kill.shop_home import seed_of
from tests.warehouse.publish.two_tables import TwoTables, sum_of

ROOT = Path(__file__).resolve().parents[2]


def started(lake: TwoTables, lines: int, times: int, kill_at: str = "") -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.kill.publish_child", str(lake.home)]
    return subprocess.Popen(
        [*command, str(lines), str(times)],
        cwd=ROOT,
        env={**os.environ, "AETHERMART_KILL_AT": kill_at},
    )


@pytest.mark.parametrize(
    "kill_at, published",
    [
        ("publish.files_written:1", 5),  # no commit names them
        ("publish.table_committed:1", 5),  # the lines are new, their sum is not
        pytest.param("publish.table_committed:2", 5, marks=pytest.mark.nightly),
        ("publish.tables_committed", 5),
        ("publish.manifest_written", 9),  # old files are still there
    ],
)
def test_killed_at_a_named_point(tmp_path: Path, kill_at: str, published: int) -> None:
    lake = TwoTables(tmp_path)
    assert started(lake, 5, 1).wait(120) == 0
    assert started(lake, 4, 1, kill_at).wait(120) == -signal.SIGKILL
    assert lake.read()[1:] == (published, sum_of(published))
    assert started(lake, 3, 1).wait(120) == 0
    publication, lines, amount = lake.read()
    assert (lines, amount) == (12, sum_of(12))
    assert publication.publication == (3 if published == 9 else 2)
    assert lake.left_over() == set()


@pytest.mark.parametrize(
    "kill_at, published",
    [
        pytest.param("publish.files_written:1", 40, marks=pytest.mark.nightly),
        ("publish.table_committed:1", 40),
        pytest.param("publish.tables_committed", 40, marks=pytest.mark.nightly),
        pytest.param("publish.manifest_written", 44, marks=pytest.mark.nightly),
    ],
)
def test_killed_while_one_of_two_partitions_is_replaced(
    tmp_path: Path, kill_at: str, published: int
) -> None:
    """40 lines are of January and February; what follows is of February and later."""
    lake = TwoTables(tmp_path)
    assert started(lake, 40, 1).wait(120) == 0
    january = lake.file_of("2026-01")
    assert started(lake, 4, 1, kill_at).wait(120) == -signal.SIGKILL
    assert lake.read()[1:] == (published, sum_of(published))
    assert lake.file_of("2026-01") == january
    assert started(lake, 3, 1).wait(120) == 0
    assert lake.read()[1:] == (47, sum_of(47))
    # A commit that no manifest names leaves the table in doubt: all of it is written again.
    assert (lake.file_of("2026-01") == january) == (kill_at in KEEPS)
    assert lake.left_over() == set()


KEEPS = ("publish.files_written:1", "publish.manifest_written")


def test_killed_before_anything_was_ever_published(tmp_path: Path) -> None:
    lake = TwoTables(tmp_path)
    assert started(lake, 5, 1, "publish.table_committed:1").wait(120) == -signal.SIGKILL
    assert not (lake.folder / "_publication.json").exists()
    assert started(lake, 5, 1).wait(120) == 0
    assert lake.read()[1:] == (10, sum_of(10))
    assert lake.left_over() == set()


@pytest.mark.nightly
def test_killed_at_random_moments(tmp_path: Path) -> None:
    lake, dice = TwoTables(tmp_path), random.Random(seed_of())
    assert started(lake, 5, 1).wait(120) == 0
    newest = 5
    for _ in range(20):
        child = started(lake, 500, 1_000)
        time.sleep(dice.uniform(1.5, 4.0))
        child.kill()
        child.wait()
        _, lines, amount = lake.read()
        assert amount == sum_of(lines)
        assert lines >= newest
        newest = lines
    assert started(lake, 1, 1).wait(120) == 0
    lake.read()
    assert lake.left_over() == set()
