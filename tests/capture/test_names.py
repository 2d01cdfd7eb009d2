"""Names of tables and columns may be anything that PostgreSQL takes."""

from __future__ import annotations

import pytest

from tests.capture.bench import SHOP, Bench
from tests.capture.conftest import MakeBench

pytestmark = pytest.mark.service("postgres")

LONG = "a" * 62
NAMES = [
    "Orders",
    "orders",
    "ORDERS",
    "order",
    "with space",
    'with "quotes"',
    "it's",
    "100%",
    "a%sb",
    "{curly}",
    "$body$",
    "back\\slash",
    "naïve",
    LONG + "1",
    LONG + "2",
    "new_rows",
    "n",
    "o",
    "tg_relid",
    "nested",
    "image",
    "change_queue",
]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    """A table of each name, with columns of every name and two of them as its key."""
    made = make_bench(tables=NAMES)
    for number, name in enumerate(NAMES):
        columns = ", ".join(f"{quoted(column)} json" for column in NAMES[2:])
        made.sql(
            f"CREATE TABLE {quoted(name)} ({quoted(NAMES[0])} int, {quoted(NAMES[1])} text,"
            f" {columns}, PRIMARY KEY ({quoted(NAMES[1])}, {quoted(NAMES[0])}))"
        )
        made.sql(f"INSERT INTO {quoted(name)} VALUES ({number}, 'first', '1.0')")
    made.pump()
    return made


def test_every_change_goes_to_the_table_it_belongs_to(bench: Bench) -> None:
    assert bench.state.stopped(SHOP) == {}
    for number, name in enumerate(NAMES):
        bench.sql(f"INSERT INTO {quoted(name)} VALUES ({number}, 'second', '2.0')")
        bench.sql(f'UPDATE {quoted(name)} SET "Orders" = "Orders" + 100 WHERE orders = \'first\'')
        bench.sql(f"UPDATE {quoted(name)} SET {quoted('100%')} = '3.00' WHERE orders = 'second'")
    bench.pump()
    for number, name in enumerate(NAMES):
        keys = [tuple(row.values())[:2] for row in bench.replay.table(name)]
        assert keys == [(100 + number, "first"), (number, "second")], name
        assert bench.replay.live[name]["second", number]["100%"] == "3.00"
        assert bench.replay.schemas[name].key == ("orders", "Orders")
    for name in NAMES:
        bench.sql(f"DELETE FROM {quoted(name)}")
    bench.pump()
    assert {name: bench.replay.table(name) for name in NAMES} == {name: [] for name in NAMES}


def test_another_schema_is_captured_by_its_name(make_bench: MakeBench) -> None:
    bench = make_bench(tables=["orders"], schema="Shop 1")
    for schema in ('"Shop 1"', "public"):
        bench.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        bench.sql(f"CREATE TABLE {schema}.orders (id int PRIMARY KEY)")
    bench.sql('INSERT INTO "Shop 1".orders VALUES (1)')
    bench.pump()
    bench.sql('INSERT INTO "Shop 1".orders VALUES (2)')
    bench.sql("INSERT INTO public.orders VALUES (3)")
    bench.pump()
    assert bench.replay.table("orders") == [{"id": 1}, {"id": 2}]


def test_columns_that_an_index_only_carries_are_not_the_key(make_bench: MakeBench) -> None:
    bench = make_bench(tables=["t"])
    bench.sql("CREATE TABLE t (b int, a int, c int, PRIMARY KEY (c, a) INCLUDE (b))")
    bench.pump()
    assert bench.replay.schemas["t"].key == ("c", "a")


def test_a_shop_in_another_encoding_is_read_as_it_is(make_bench: MakeBench, database: str) -> None:
    server, _, name = database.rpartition("/")
    base = make_bench()
    base.sql(f"CREATE DATABASE {name}_latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    bench = make_bench(dsn=f"{server}/{name}_latin", tables=["t"])
    bench.sql("CREATE TABLE t (id int PRIMARY KEY, name text)")
    bench.sql("INSERT INTO t VALUES (1, 'Zoë')")
    bench.pump()
    bench.sql("INSERT INTO t VALUES (2, 'Günther')")
    bench.pump()
    assert bench.same("t")
    assert [row["name"] for row in bench.replay.table("t")] == ["Zoë", "Günther"]
