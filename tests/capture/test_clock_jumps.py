"""A clock that jumps shows in the times of entries, and nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aethermart.capture.flat_file.source import FlatFileShop, FlatFileSource
from aethermart.core.clock import lag_s
from aethermart.log.chunks import ChunkStore
from tests.capture.conftest import MakeBench
from tests.capture.replay import Replay, follow

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
JUMPS_S = [0, 3600, -86_400, -86_399, 400 * 86_400, 0, 0, -1]


class JumpingClock:
    """Each look at it is one jump further."""

    def __init__(self) -> None:
        self.looks = 0

    def __call__(self) -> datetime:
        self.looks += 1
        return self.shown(self.looks - 1)

    @staticmethod
    def shown(look: int) -> datetime:
        return NOON + timedelta(seconds=JUMPS_S[look % len(JUMPS_S)])


@pytest.mark.service("postgres")
def test_a_shop_is_captured_whole_under_a_clock_that_jumps(make_bench: MakeBench) -> None:
    clock = JumpingClock()
    bench = make_bench(tables=["orders"], clock=clock)
    bench.sql("CREATE TABLE orders (id int PRIMARY KEY)")
    bench.sql("INSERT INTO orders VALUES (0)")
    bench.pump()
    for number in range(1, 20):
        bench.sql("INSERT INTO orders VALUES (%s)", number)
        bench.sql("UPDATE orders SET id = -id WHERE id = %s", number - 1)
        if number % 5 == 0:
            bench.state.request_snapshot("corner_shop", ["orders"])
        if number % 7 == 0:
            bench.restart()
        bench.pump(heartbeat=number % 5 == 0)
    assert bench.same("orders")
    shown = {clock.shown(look) for look in range(len(JUMPS_S))}
    assert {entry.captured_at for entry in bench.replay.entries} <= shown
    assert len({entry.captured_at for entry in bench.replay.entries}) > 3
    lags = [lag_s(NOON, entry.captured_at) for entry in bench.replay.entries]
    assert min(lags) == 0.0
    assert max(lags) == 86_400.0


def test_a_file_is_captured_once_under_a_clock_that_jumps(tmp_path: Path) -> None:
    clock = JumpingClock()
    path = tmp_path / "sales.parquet"
    pq.write_table(pa.table({"n": [1, 2]}), path)
    chunks = ChunkStore(tmp_path / "chunks")
    source = FlatFileSource(FlatFileShop("kiosk", path, "lines"), chunks, clock)
    replay = Replay(chunks)
    for _ in range(10):
        follow(replay, source.read(replay.end, heartbeat=True))
    assert [row["n"] for row in replay.table("lines")] == [1, 2]
    assert sum(entry.rows for entry in replay.entries) == 2
