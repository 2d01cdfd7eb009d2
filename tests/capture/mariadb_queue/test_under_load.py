"""Snapshot and queue equal the shop while eight writers work and the reader keeps restarting."""

from __future__ import annotations

import random
import secrets
import time
from typing import Any

import pytest

from tests.capture.mariadb_queue import busy_shop
from tests.capture.mariadb_queue.bench import SHOP
from tests.capture.mariadb_queue.busy_shop import TABLES, Writers
from tests.capture.mariadb_queue.conftest import MakeBench
from tests.capture.test_under_load import read_restlessly, settle, whole
from tests.mariadb import MariadbServer

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise(47)]


@pytest.mark.parametrize(
    "seed, seconds, rows_as",
    [
        (1, 6.0, "image"),
        pytest.param(2, 6.0, "key", marks=pytest.mark.nightly),
        pytest.param(None, 60.0, "image", marks=pytest.mark.nightly, id="random"),
        pytest.param(None, 60.0, "key", marks=pytest.mark.nightly, id="random-key"),
    ],
)
def test_snapshot_and_queue_equal_the_shop_under_load(
    server: MariadbServer,
    shop: str,
    make_bench: MakeBench,
    seed: int | None,
    seconds: float,
    rows_as: str,
) -> None:
    seed = secrets.randbits(32) if seed is None else seed
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    bench: Any = make_bench(*TABLES, rows_as=rows_as)
    busy_shop.make_shop(bench.connection)
    bench.pump()
    bench.state.request_snapshot(SHOP, TABLES)
    with Writers(server, shop, seed, held_open_s=2.0) as writers:
        time.sleep(0.3)
        restarts = read_restlessly(bench, random.Random(seed), time.monotonic() + seconds)
    settle(bench)
    for table in TABLES:
        assert bench.replay.table(table) == bench.selected(table), table
    assert bench.state.stopped(SHOP) == {}
    assert writers.committed > 50
    assert writers.given_up > 0
    assert restarts > 0
    time.sleep(2.1)  # a queue is cleaned every two seconds
    bench.restart()
    bench.pump()
    bench.pump()
    time.sleep(2.1)
    bench.pump()
    assert bench.waiting() == 1  # the last stays: a deletion locks the row past its own


def test_the_hand_over_from_snapshot_to_queue_is_exact(
    server: MariadbServer, shop: str, make_bench: MakeBench
) -> None:
    """Many snapshots in the middle of the load; after each the queue goes on from just there."""
    bench: Any = make_bench(*TABLES)
    busy_shop.make_shop(bench.connection)
    bench.pump()
    with Writers(server, shop, 7, held_open_s=0.2):
        for _ in range(4):
            bench.state.request_snapshot(SHOP, TABLES)
            bench.pump(check=whole)
            bench.pump(check=whole, heartbeat=False)
    settle(bench)
    assert bench.same()
