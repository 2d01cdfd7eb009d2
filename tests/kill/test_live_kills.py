"""The whole live demo under SIGKILL: at every named point once, and (nightly) fifty at random.

The truth is computed by a script that imports nothing of ours, from the source Parquet and a COPY
of the store, after the traffic has ended.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from aethermart.core import failpoints
from aethermart.operations.folder import remove_demo
from aethermart.packs import load
from tests.e2e import independent
from tests.e2e.platform import LiveDemo, aethermart

PARQUET = str(Path(load.__file__).parent / "online_retail/online_retail.parquet")
# Compaction and pruning come often, so that they are met while the test runs.
BUSY_UPKEEP = """
[archive]
compact_from_files = 4
[pipeline]
archive_every_s = 0.5
prune_every_s = 2.0
keep_entries = 20
"""
PASSAGES = {
    "capture.chunk_written": 2,
    "log.appended": 7,
    "archive.table_committed": 4,
    "archive.tables_committed": 3,
    "archive.compacting": 2,
    "mirror.rows_written": 3,
    "mirror.committed": 5,
    "warehouse.views_swapping": 12,
}
# The demo neither compares, publishes, backs up, upgrades nor resets: the tests beside this one
# kill there.
ELSEWHERE = {
    "backup.staged",
    "backup.written",
    "restore.loaded",
    "restore.verified",
    "upgrade.migrated",
    "capture.pass_prepared",
    "capture.pass_settled",
    "capture.queue_read",
    "publish.files_written",
    "publish.table_committed",
    "publish.tables_committed",
    "publish.manifest_written",
    "vectors.rows_written",  # tests/kill/test_vector_kills.py
    "reset.dropping",
    "reset.torn_down",
    "reset.made",
    "reset.filled",
    "reset.secured",
    "reset.migrated",
}


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[LiveDemo]:
    live = LiveDemo(tmp_path / "home", rate=0.0)
    live.write_settings()
    with (live.home / "aethermart.toml").open("a", encoding="utf-8") as file:
        file.write(BUSY_UPKEEP)
    yield live
    if live.process is not None and live.process.poll() is None:
        live.stop()
    remove_demo(live.home)


def _traffic(demo: LiveDemo, orders: int, seed: int) -> None:
    done = aethermart(
        *("store", "traffic", "--home", str(demo.home), "--rate", "40"),
        *("--orders", str(orders), "--seed", str(seed)),
    )
    assert done.returncode == 0, done.stderr


def _assert_equals_the_truth(demo: LiveDemo, within_s: float) -> None:
    """The API shows, within the time, what the independent script computes; each part of it."""
    truth = independent.store(demo.project.shop_dsn("aethermart"))
    retail = independent.online_retail(PARQUET)
    wanted = {
        ("revenue", "aethermart"): truth["revenue"],
        ("order_count", "aethermart"): truth["orders"],
        ("revenue", "online_retail"): retail["revenue"],
        ("order_count", "online_retail"): retail["orders"],
    }
    deadline = time.monotonic() + within_s
    shown: dict[tuple[str, str], object] = {}
    while shown != wanted and time.monotonic() < deadline:
        with contextlib.suppress(Exception):  # the API may be coming up again
            shown = {
                (name, shop): demo.get(f"/lake/metrics/{name}", shop=shop)["rows"][0]["value"]
                for name, shop in wanted
            }
        time.sleep(0.3)
    assert shown == wanted, demo.logs()
    statuses = demo.get("/lake/metrics/order_count", shop="aethermart", by="status")["rows"]
    assert {row["key"]: row["value"] for row in statuses} == truth["statuses"]


@pytest.mark.nightly
@pytest.mark.promise("B10")
def test_killed_once_at_every_named_point_the_numbers_are_still_right(
    demo: LiveDemo, tmp_path: Path
) -> None:
    assert {*PASSAGES} | ELSEWHERE == {*failpoints.POINTS}
    marks = tmp_path / "marks"
    marks.mkdir()
    demo.environment = {
        "AETHERMART_KILL_AT": ",".join(f"{point}:{n}" for point, n in PASSAGES.items()),
        "AETHERMART_KILL_ONCE": str(marks),
    }
    demo.start()
    deadline = time.monotonic() + 120
    seed = 1
    while {path.name for path in marks.iterdir()} != set(PASSAGES) and time.monotonic() < deadline:
        _traffic(demo, 60, seed)
        seed += 1
    assert {path.name for path in marks.iterdir()} == set(PASSAGES)
    demo.wait_until_ready()
    _traffic(demo, 40, seed)
    _assert_equals_the_truth(demo, within_s=60)


@pytest.mark.nightly
@pytest.mark.promise("B10")
def test_fifty_random_kills_lose_and_double_nothing(demo: LiveDemo) -> None:
    seed = int(os.environ.get("AETHERMART_KILL_SEED", time.time_ns() % 2**32))
    print(f"AETHERMART_KILL_SEED={seed}")
    chance = random.Random(seed)
    demo.start()
    for number in range(50):
        _traffic(demo, chance.randint(5, 40), seed + number)
        name, pid = chance.choice(sorted(demo.pids().items()))
        print(f"kill {number}: {name}")
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        time.sleep(chance.uniform(0.0, 3.0))
    demo.wait_until_ready()
    _assert_equals_the_truth(demo, within_s=120)
