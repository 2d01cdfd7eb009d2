"""What a pass asks of the shop, and that memory does not grow with the table."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from aethermart.capture.compare.settings import CompareSettings
from tests.capture.compare.bench import Bench, Engine
from tests.capture.compare.conftest import MYSQL, MakeBench
from tests.capture.compare.engines import MariadbEngine

EACH_TIME = ["sqlite", "postgres", "mariadb"]
WAL = pytest.param("sqlite_wal", marks=pytest.mark.nightly)
pytestmark = pytest.mark.parametrize("engine", [*EACH_TIME, WAL, MYSQL], indirect=True)
ROWS = 100_000
SELECTED = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"
    " INSERT INTO big SELECT i + {}, 'order ' || i, i * 0.5 FROM n",
    "postgres": "INSERT INTO big SELECT i + {1}, 'order ' || i, i * 0.5"
    " FROM generate_series(1, {0}) AS i",
}


def numbered(engine: Engine, rows: int, after: int = 0) -> str:
    """INSERT `rows` rows with the keys that follow `after`."""
    if isinstance(engine, MariadbEngine):
        return (
            f"INSERT INTO big SELECT seq + {after}, concat('order ', seq), seq * 0.5"
            f" FROM {engine.numbers(rows)}"
        )
    return SELECTED[engine.name].format(rows, after)


@pytest.fixture
def big(engine: Engine, make_bench: MakeBench) -> Bench:
    engine.sql(
        "CREATE TABLE big (id INT PRIMARY KEY, note VARCHAR(40), amount DECIMAL(12, 2))",
        numbered(engine, ROWS),
    )
    bench = make_bench("big", settings=CompareSettings())
    bench.pump()
    assert bench.loaded().rows == ROWS
    return bench


def test_ten_changed_rows_of_many_cost_the_shop_little(big: Bench) -> None:
    """Each row is hashed in the shop; what it sends is the keys of ten leaves, and ten rows."""
    assert big.pump() == 1
    quiet = big.loaded()
    assert (quiet.keys, quiet.rows) == (0, 0)
    assert quiet.statements <= 10
    for number in range(5000, ROWS, ROWS // 10):
        big.sql(f"UPDATE big SET note = 'changed' WHERE id = {number}")
    big.pump()
    changed = big.loaded()
    assert changed.rows == 10
    assert changed.keys <= 10 * 256
    assert changed.hashed <= 3 * ROWS
    assert len(big.replay.ops("big")) == 10
    assert big.same()


def test_changes_everywhere_cost_no_more_than_reading_the_keys_once(big: Bench) -> None:
    """Halving would hash each row three times, leaf by leaf in hundreds of statements."""
    big.sql("UPDATE big SET note = 'changed' WHERE id % 100 = 0")
    big.sql("DELETE FROM big WHERE id % 1000 = 1")
    big.pump()
    crowded = big.loaded()
    assert crowded.rows == ROWS // 100
    assert crowded.hashed <= ROWS // 2
    assert crowded.keys <= ROWS
    assert crowded.statements <= 40
    assert big.same()
    # What is remembered is whole: the next pass finds nothing, the one after it a single row.
    big.pump()
    quiet = big.loaded()
    assert (quiet.keys, quiet.rows) == (0, 0)
    big.sql("UPDATE big SET note = 'again' WHERE id = 50000")
    big.pump()
    one = big.loaded()
    assert one.rows == 1
    assert one.keys <= 256
    assert big.same()


def test_rows_appended_in_bulk_are_read_once(big: Bench) -> None:
    big.sql(numbered(big.engine, 5000, after=ROWS))
    big.pump()
    load = big.loaded()
    assert 5000 <= load.rows <= 5000 + 256
    assert load.keys <= 4 * 256
    assert big.same()


def test_a_pass_waits_for_its_time_and_hears_a_request(
    big: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [time.monotonic() + 1]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    source = big.source
    source._shop = type(source._shop)(
        "corner_shop", ("big",), big.folder / "compare", every_s=30.0, settings=big.settings
    )
    assert big.pump() == 1
    big.loaded()
    now[0] += 20
    assert big.pump() == 0
    assert big.loaded().statements == 0
    big.state.request_snapshot("corner_shop", ["big"])
    now[0] += 2
    assert big.pump() == 3
    now[0] += 30.1
    assert big.pump() == 1


@contextmanager
def peak_bytes() -> Iterator[list[int]]:
    """Of Python's memory while the block runs."""
    found: list[int] = []
    tracemalloc.start()
    try:
        yield found
        found.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


@pytest.mark.nightly
def test_memory_stays_flat_when_every_row_changed(engine: Engine, make_bench: MakeBench) -> None:
    peaks = []
    settings = CompareSettings(range_rows=1000, leaf_rows=64, page_rows=1000)
    for rows in (3000, 12_000):
        engine.sql(
            "CREATE TABLE big (id INT PRIMARY KEY, note VARCHAR(40), amount DECIMAL(12, 2))",
            numbered(engine, rows),
        )
        bench = make_bench("big", settings=settings)
        bench.folder = bench.folder / str(rows)
        bench.restart()
        bench.pump()
        bench.sql("UPDATE big SET note = 'x'")
        with peak_bytes() as peak:
            entries = [*bench.read()]
        assert sum(entry.rows for entry in entries) == rows
        bench.close()
        engine.sql("DROP TABLE big")
        peaks += peak
    assert peaks[1] < 2 * peaks[0] + 1_000_000
