"""A transaction held open while thousands of others commit: nothing lost, nothing held up."""

from __future__ import annotations

import random
import threading
import time
from contextlib import closing
from typing import Any

import pytest

from tests.capture.mariadb_queue.bench import Bench
from tests.capture.mariadb_queue.conftest import MakeBench
from tests.mariadb import MariadbServer

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise(47)]
WRITERS = 4
_HELD = 1_000_000


def write(server: MariadbServer, shop: str, number: int, stop: threading.Event) -> None:
    dice = random.Random(number)
    with closing(server.connect(shop)) as connection, connection.cursor() as cursor:
        key = number
        while not stop.is_set():
            connection.begin()
            for _ in range(dice.randint(1, 20)):
                key += WRITERS
                cursor.execute("INSERT INTO t VALUES (%s, 'quick')", [key])
            if dice.random() < 0.2:
                connection.rollback()
            else:
                connection.commit()


def hold(bench: Bench, seconds: float, rows: int) -> list[Any]:
    """Two transactions that take an id now and then, for so long; one is given up."""
    slow = [bench.other(), bench.other()]
    until, number = time.monotonic() + seconds, _HELD
    while time.monotonic() < until:
        for connection in slow:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO t VALUES (%s, 'slow')", [number])
            number += 1
        time.sleep(seconds / rows)
    return slow


@pytest.mark.parametrize("rows", [50, 2000])
def test_what_was_read_is_cleaned_beside_what_is_still_open(
    make_bench: MakeBench, rows: int
) -> None:
    """A deletion that scans the queue would wait at the first row of the open transaction."""
    bench = make_bench("t")
    bench.sql("CREATE TABLE t (id INT PRIMARY KEY, note VARCHAR(20))")
    bench.pump()
    bench.sql(f"INSERT INTO t SELECT seq, 'read' FROM seq_1_to_{rows}")
    bench.pump()
    with closing(bench.other()) as held, held.cursor() as cursor:
        cursor.execute("INSERT INTO t SELECT seq, 'open' FROM seq_10001_to_10100")
        bench.restart()  # a new reader cleans at once
        bench.pump()
        assert bench.waiting() == 1
        held.commit()
    bench.pump()
    assert bench.same()


@pytest.mark.parametrize(
    "seconds, rows", [(6.0, 200), pytest.param(60.0, 3000, marks=pytest.mark.nightly)]
)
def test_transactions_held_open_lose_nothing_and_hold_nobody_up(
    server: MariadbServer, shop: str, make_bench: MakeBench, seconds: float, rows: int
) -> None:
    bench = make_bench("t")
    bench.sql("CREATE TABLE t (id INT PRIMARY KEY, note VARCHAR(20))")
    bench.pump()
    stop = threading.Event()
    writers = [threading.Thread(target=write, args=(server, shop, n, stop)) for n in range(WRITERS)]
    held: list[Any] = []
    holder = threading.Thread(target=lambda: held.extend(hold(bench, seconds, rows)))
    for thread in (holder, *writers):
        thread.start()
    seen_while_open = 0
    while holder.is_alive():
        bench.pump(heartbeat=False)
        seen_while_open = len(bench.replay.live.get("t", {}))
        time.sleep(0.02)
    assert all(key < _HELD for (key,) in bench.replay.live["t"])
    kept, given_up = held
    kept.commit()
    given_up.rollback()
    stop.set()
    for thread in writers:
        thread.join()
    for _ in range(3):
        bench.pump()
    assert bench.replay.table("t") == bench.selected("t")
    slow = [key for (key,) in bench.replay.live["t"] if key >= _HELD]
    assert slow
    assert all(key % 2 == 0 for key in slow)  # of the one that was kept
    assert seen_while_open > 100
    assert '"missing":[]' in bench.replay.end
