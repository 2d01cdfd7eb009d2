"""Snapshot and queue equal the shop while eight writers work and the reader keeps restarting."""

from __future__ import annotations

import random
import secrets
import threading
import time
from typing import Any

import psycopg
import pytest

from aethermart.core.entries import Entry
from tests.capture import busy_shop
from tests.capture.bench import SHOP, Bench
from tests.capture.busy_shop import STOCK, TABLES, Writers
from tests.capture.conftest import MakeBench
from tests.capture.replay import Replay

pytestmark = pytest.mark.service("postgres")


def whole(replay: Replay, entry: Entry) -> None:
    """No transaction is seen in part: every order has its lines, no stock is on its way."""
    if replay.under_way or TABLES[0] not in replay.live:
        return
    counted = dict.fromkeys((key[0] for key in replay.live["orders"]), 0)
    for order, _ in replay.live["lines"]:
        assert order in counted, f"a line of order {order} without its order"
        counted[order] += 1
    for (order,), row in replay.live["orders"].items():
        assert row["line_count"] == counted[order], f"order {order} without all of its lines"
    assert sum(row["quantity"] for row in replay.live["stock"].values()) == STOCK
    assert len(replay.live["shelf"]) == 50


def read_restlessly(bench: Bench, dice: random.Random, until: float) -> int:
    """Read until a moment, now and then giving up in mid-read or beginning as a new process."""
    restarts = 0
    while time.monotonic() < until:
        entries = bench.read(heartbeat=dice.random() < 0.3)
        for entry in entries:
            bench.replay.apply(entry)
            whole(bench.replay, entry)
            if dice.random() < 0.02:
                break
        else:
            if bench.replay.end is not None and dice.random() < 0.5:
                bench.source.acknowledge(bench.replay.end)
        if dice.random() < 0.15:
            bench.restart()
            restarts += 1
        elif dice.random() < 0.05:
            bench.state.request_snapshot(SHOP, dice.sample(TABLES, 2))
        time.sleep(dice.random() * 0.05)
    return restarts


def settle(bench: Bench) -> None:
    """The writers are done: read what is left."""
    for _ in range(3):
        bench.pump(check=whole)
    assert bench.replay.under_way == set()


@pytest.mark.parametrize(
    "seed, seconds",
    [(1, 8.0), pytest.param(None, 60.0, marks=pytest.mark.nightly, id="random")],
)
def test_snapshot_and_queue_equal_the_shop_under_load(
    make_bench: MakeBench, seed: int | None, seconds: float
) -> None:
    seed = secrets.randbits(32) if seed is None else seed
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    bench = make_bench(tables=TABLES)
    busy_shop.make_shop(bench.connection)
    with Writers(bench.dsn, seed, held_open_s=2.0) as writers:
        time.sleep(0.3)
        restarts = read_restlessly(bench, random.Random(seed), time.monotonic() + seconds)
    settle(bench)
    assert bench.same(*TABLES)
    assert bench.state.stopped(SHOP) == {}
    assert writers.committed > 200
    assert writers.given_up > 0
    assert restarts > 3
    time.sleep(2.1)  # a queue is cleaned every two seconds
    bench.restart()
    bench.pump()
    assert bench.waiting() == 0


def test_the_hand_over_from_snapshot_to_queue_is_exact(make_bench: MakeBench) -> None:
    """Many snapshots in the middle of the load; after each the queue goes on from just there."""
    bench = make_bench(tables=TABLES)
    busy_shop.make_shop(bench.connection)
    with Writers(bench.dsn, 7, held_open_s=0.2):
        for _ in range(6):
            bench.state.request_snapshot(SHOP, TABLES)
            bench.pump(check=whole)
            bench.pump(check=whole, heartbeat=False)
    settle(bench)
    assert bench.same(*TABLES)


def test_a_transaction_open_for_long_is_neither_lost_nor_in_the_way(make_bench: MakeBench) -> None:
    bench = make_bench(tables=["orders"])
    bench.sql("CREATE TABLE orders (id int PRIMARY KEY, note text)")
    bench.pump()
    with psycopg.connect(bench.dsn) as slow:
        slow.execute("INSERT INTO orders VALUES (1, 'slow')")
        bench.restart()
        for number in range(2, 40):
            bench.sql("INSERT INTO orders VALUES (%s, 'quick')", number)
            bench.pump(heartbeat=False)
            assert number in [key for (key,) in bench.replay.live["orders"]]
            assert (1,) not in bench.replay.live["orders"]
        slow.execute("UPDATE orders SET note = 'slow to the end'")
        slow.commit()
    bench.pump(heartbeat=False)
    assert bench.replay.live["orders"][1,] == {"id": 1, "note": "slow to the end"}
    assert bench.same("orders")


@pytest.mark.nightly
def test_a_transaction_open_for_ten_seconds_beside_the_load(make_bench: MakeBench) -> None:
    bench = make_bench(tables=TABLES)
    busy_shop.make_shop(bench.connection)
    bench.pump()
    behind: list[float] = []

    def hold() -> None:
        with psycopg.connect(bench.dsn) as slow:
            slow.execute("INSERT INTO orders VALUES (-999, 1, 'slow')")
            time.sleep(10)
            slow.execute("INSERT INTO lines VALUES (-999, 1, 1)")

    holder = threading.Thread(target=hold)
    with Writers(bench.dsn, 3):
        holder.start()
        until = time.monotonic() + 11
        while time.monotonic() < until:
            began = time.monotonic()
            bench.pump(check=whole, heartbeat=False)
            behind.append(time.monotonic() - began)
    holder.join()
    settle(bench)
    assert (-999,) in bench.replay.live["orders"]
    assert bench.same(*TABLES)
    assert sorted(behind)[len(behind) // 2] < 1.0


def test_prepared_or_not_every_writer_is_seen(make_bench: MakeBench) -> None:
    """Also one whose session is older than the triggers."""
    bench = make_bench(tables=["orders"])
    bench.sql("CREATE TABLE orders (id int PRIMARY KEY)")
    with psycopg.connect(bench.dsn, autocommit=True) as old:
        statement: Any = "INSERT INTO orders SELECT coalesce(max(id), 0) + 1 FROM orders"
        for _ in range(7):
            old.execute(statement, prepare=True)
        bench.pump()
        for _ in range(3):
            old.execute(statement, prepare=True)
    bench.pump()
    assert [row["id"] for row in bench.replay.table("orders")] == list(range(1, 11))
