"""A value that no column type of ours holds stops its table, and is quoted; the others go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.capture.bench import SHOP, Bench
from tests.capture.conftest import MakeBench

if TYPE_CHECKING:
    from aethermart.servers.postgres import EmbeddedPostgres

pytestmark = pytest.mark.service("postgres")

# type, value, how the error quotes it
UNFIT = [
    ("numeric(12,2)", "'NaN'", "'NaN' at id '7', not decimal128(12, 2)"),
    ("numeric", "'NaN'", "'NaN' at id '7', not decimal128(38, 9)"),
    ("numeric", "'-Infinity'", "'-Infinity' at id '7', not decimal128(38, 9)"),
    ("numeric", "1/3::numeric", "'0.33333333333333333333' at id '7', not decimal128(38, 9)"),
    # 39 digits: Arrow itself would take it
    ("numeric", "123456789012345678901234567890", "'123456789012345678901234567890' at id '7'"),
    ("numeric", "1e40", "at id '7', not decimal128(38, 9)"),
    ("date", "'infinity'", "'infinity' at id '7', not date32[day]"),
    ("date", "'0044-03-15 BC'", "'0044-03-15 BC' at id '7'"),
    ("timestamptz", "'-infinity'", "'-infinity' at id '7', not timestamp[us, tz=UTC]"),
    ("timestamptz", "'10000-01-01 00:00+00'", "'10000-01-01 00:00:00+00' at id '7'"),
    ("timestamp", "'infinity'", "'infinity' at id '7'"),
]
NUMBERS = range(len(UNFIT))


@pytest.fixture(scope="module")
def stopped(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """Half the tables hold a value that does not fit before the snapshot, half get it later."""
    postgres.create_database("unfit")
    before, after = [f"before_{n}" for n in NUMBERS], [f"after_{n}" for n in NUMBERS]
    bench = Bench(
        postgres.dsn("unfit"),
        tmp_path_factory.mktemp("unfit"),
        tables=["a_good", *before, "good", *after],
    )
    for name in ("a_good", "good"):
        bench.sql(f"CREATE TABLE {name} (id int PRIMARY KEY)")
        bench.sql(f"INSERT INTO {name} VALUES (1)")
    for number, (kind, value, _) in enumerate(UNFIT):
        for name in (before[number], after[number]):
            bench.sql(f"CREATE TABLE {name} (id int PRIMARY KEY, value {kind})")
            bench.sql(f"INSERT INTO {name} (id) SELECT generate_series(1, 6)")
        bench.sql(f"INSERT INTO {before[number]} VALUES (7, {value})")
    bench.pump()
    for number, (_, value, _) in enumerate(UNFIT):
        bench.sql(f"INSERT INTO {after[number]} VALUES (7, {value})")
    bench.sql("INSERT INTO good VALUES (2)")
    for _ in range(len(UNFIT) + 1):
        bench.pump()
    yield bench
    bench.close()


@pytest.mark.parametrize("path", ["before", "after"])
@pytest.mark.parametrize("number", NUMBERS, ids=[f"{kind} {value}" for kind, value, _ in UNFIT])
def test_a_value_that_does_not_fit_stops_its_table_and_is_quoted(
    stopped: Bench, path: str, number: int
) -> None:
    table = f"{path}_{number}"
    error = stopped.state.stopped(SHOP)[table]
    assert error.startswith(
        f"{SHOP}.{table} is not captured: a value does not fit its column: column value holds "
    )
    assert UNFIT[number][2] in error
    assert f"`aethermart capture run --shop {SHOP} --snapshot {table}`" in error


def test_the_other_tables_go_on(stopped: Bench) -> None:
    assert stopped.replay.table("a_good") == [{"id": 1}]
    assert stopped.replay.table("good") == [{"id": 1}, {"id": 2}]
    assert len(stopped.state.stopped(SHOP)) == 2 * len(UNFIT)


def test_no_row_of_a_snapshot_given_up_is_shown(stopped: Bench) -> None:
    assert [name for name in stopped.replay.live if name.startswith("before")] == []
    assert stopped.replay.table("after_0") == [{"id": n, "value": None} for n in range(1, 7)]


@pytest.mark.parametrize("path", ["snapshot", "queue"])
def test_a_value_in_the_midst_of_many_rows_stops_its_table_alone(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The rest of the rows is still on its way when the value is met."""
    monkeypatch.setattr("aethermart.capture.postgres.copying.BLOCK_BYTES", 10_000)
    bench = make_bench(tables=["a", "b", "c"])
    for name in "abc":
        bench.sql(f"CREATE TABLE {name} (id int PRIMARY KEY, value numeric, memo text)")
    if path == "queue":
        bench.pump()
    for name in "abc":
        bench.sql(
            f"INSERT INTO {name} SELECT i, CASE WHEN i <> 1000 OR '{name}' <> 'b' THEN i::numeric"
            " ELSE 'NaN' END, repeat('x', 100) FROM generate_series(1, 6000) AS i"
        )
    for _ in range(3):
        bench.pump()
    assert list(bench.state.stopped(SHOP)) == ["b"]
    assert "'NaN' at id '1000'" in bench.state.stopped(SHOP)["b"]
    assert bench.same("a", "c")


def test_a_corrected_table_comes_back_on_request(stopped: Bench) -> None:
    stopped.sql("UPDATE before_0 SET value = 7.25 WHERE id = 7")
    stopped.sql("DELETE FROM after_0 WHERE id = 7")
    stopped.state.request_snapshot(SHOP, ["before_0", "after_0"])
    stopped.pump()
    assert stopped.same("before_0", "after_0")
    assert {"before_0", "after_0"} & set(stopped.state.stopped(SHOP)) == set()
    stopped.sql("UPDATE before_0 SET value = id")
    stopped.pump()
    assert stopped.same("before_0")
