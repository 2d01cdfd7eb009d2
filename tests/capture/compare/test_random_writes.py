"""Whatever is written between passes, and whichever passes fail, the log ends up as the shop."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture.compare.bench import Bench, Engine
from tests.capture.compare.conftest import MakeBench

TABLE = "CREATE TABLE {} (k VARCHAR(20){}, n INT, v VARCHAR(20), PRIMARY KEY (k, n))"
KEYS = st.sampled_from(["a", "B", "ä", "Z", "z", "10", "9", "", " x"])
NUMBERS = st.integers(-3, 12)
VALUES = st.sampled_from([None, "", "N", "1", "a,b", "'"])
WRITES = st.one_of(
    st.tuples(st.just("put"), KEYS, NUMBERS, VALUES),
    st.tuples(st.just("fill"), KEYS, st.integers(0, 40), VALUES),
    st.tuples(st.just("drop"), KEYS, NUMBERS, st.none()),
    st.tuples(st.just("drop_all_of"), KEYS, st.none(), st.none()),
    st.tuples(st.just("move"), KEYS, NUMBERS, st.none()),
)
# ok: a pass. lost: read, and the log did not take it. dead: the log took it, and we died then.
PASSES = st.sampled_from(["ok", "ok", "ok", "lost", "dead", "restart"])


class Writer:
    """Does the same to the shop and to a dict of what must be in it."""

    def __init__(self, bench: Bench, table: str) -> None:
        self.bench = bench
        self.table = table
        self.rows: dict[tuple[str, int], str | None] = {}

    def write(self, deed: str, key: str, number: int | None, value: str | None) -> None:
        if deed == "put":
            self._put(key, number or 0, value)
        elif deed == "fill":
            for n in range(100, 100 + (number or 0)):
                self._put(key, n, value)
        elif deed == "drop":
            self._drop(key, number or 0)
        elif deed == "drop_all_of":
            for k, n in [at for at in self.rows if at[0] == key]:
                self._drop(k, n)
        elif (key, number) in self.rows and (key, 1000) not in self.rows:
            self.rows[key, 1000] = self.rows.pop((key, number or 0))
            self._sql("UPDATE {} SET n = 1000 WHERE k = ? AND n = ?", key, number)

    def _put(self, key: str, number: int, value: str | None) -> None:
        self._drop(key, number)
        self.rows[key, number] = value
        self._sql("INSERT INTO {} VALUES (?, ?, ?)", key, number, value)

    def _drop(self, key: str, number: int) -> None:
        if self.rows.pop((key, number), "none") != "none":
            self._sql("DELETE FROM {} WHERE k = ? AND n = ?", key, number)

    def _sql(self, statement: str, *values: Any) -> None:
        self.bench.sql(statement.format(self.table), values=values)


def make_a_pass(bench: Bench, how: str) -> None:
    if how == "restart":
        bench.restart()
    if how in {"ok", "restart"}:
        bench.pump()
        return
    entries = bench.read()
    assert isinstance(entries, Generator)
    entry = next(entries)
    if how == "dead":
        bench.replay.apply(entry)
    entries.close()
    bench.restart()


@pytest.mark.parametrize("examples", [25])
def test_replay_of_the_log_is_the_shop(
    engine: Engine, make_bench: MakeBench, examples: int
) -> None:
    binary = " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" if engine.name == "mariadb" else ""
    numbers = iter(range(10_000))

    @settings(max_examples=examples, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    @given(st.lists(st.tuples(st.lists(WRITES, max_size=6), PASSES), min_size=1, max_size=6))
    def property_holds(history: list[tuple[list[Any], str]]) -> None:
        table = f"t{next(numbers)}"
        engine.sql(TABLE.format(table, binary))
        bench = make_bench(table)
        bench.folder = bench.folder / table
        bench.restart()
        writer = Writer(bench, table)
        for writes, how in history:
            for write in writes:
                writer.write(*write)
            make_a_pass(bench, how)
        bench.pump()
        bench.pump()  # a snapshot that was cut off is made by the next pass
        found = {key: row["v"] for key, row in bench.replay.live[table].items()}
        assert found == writer.rows
        bench.close()

    property_holds()
