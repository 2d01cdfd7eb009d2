"""Every engine: which tables can be captured, under which names, and what a change of them does."""

from __future__ import annotations

import pytest

from aethermart.core.entries import TableSchema
from tests.capture.compare.bench import SHOP, Bench, Engine
from tests.capture.compare.conftest import MakeBench

KEYLESS = "CREATE TABLE loose (a INT, b VARCHAR(20))"


def quoted(engine: Engine, name: str) -> str:
    quote = "`" if engine.name == "mariadb" else '"'
    return quote + name.replace(quote, quote * 2) + quote


@pytest.mark.parametrize("name", ["order", "Umsätze 2024", 'it\'s "quoted"', "a`b", "UPPER"])
def test_odd_names_of_tables_and_columns(engine: Engine, make_bench: MakeBench, name: str) -> None:
    table, column = quoted(engine, name), quoted(engine, f"{name} %s ?")
    engine.sql(
        f"CREATE TABLE {table} ({column} INT PRIMARY KEY, {quoted(engine, 'group')} VARCHAR(20))",
        f"INSERT INTO {table} VALUES (1, 'a'), (2, 'b')",
    )
    bench = make_bench(name)
    bench.pump()
    assert bench.same()
    bench.sql(f"DELETE FROM {table} WHERE {quoted(engine, 'group')} = 'a'")
    bench.pump()
    assert bench.same()


@pytest.mark.parametrize(
    "keys",
    [
        ["a", "A", "b", "B"],
        ["Äpfel", "apfel", "Apfel ", "zebra", "äpfel2", "ß", "ss2"],
        ["it's", 'say "x"', "back\\slash", "per%cent", "a,b", "line\nbreak", "tab\there", "-- x"],
        ["😀", "日本", "é", "é2", "ﬁ"],
    ],
)
def test_text_keys_in_whatever_order_the_shop_has_them(
    engine: Engine, make_bench: MakeBench, keys: list[str]
) -> None:
    """Ranges are the shop's own, by its collation; equal is what has equal characters."""
    collation = " CHARACTER SET utf8mb4 COLLATE utf8mb4_bin" if engine.name == "mariadb" else ""
    engine.sql(f"CREATE TABLE words (word VARCHAR(50){collation} PRIMARY KEY, n INT)")
    bench = make_bench("words")
    for number, key in enumerate(keys):
        bench.sql("INSERT INTO words VALUES (?, ?)", values=[key, number])
        bench.pump()
        assert bench.same()
    bench.sql("UPDATE words SET n = n + 100")
    bench.pump()
    for key in keys[::2]:
        bench.sql("DELETE FROM words WHERE word = ?", values=[key])
    bench.pump()
    assert bench.same()


def test_composite_keys_of_text_and_number(engine: Engine, make_bench: MakeBench) -> None:
    engine.sql(
        "CREATE TABLE prices (shop VARCHAR(20), day INT, product INT, price DECIMAL(12, 2),"
        " PRIMARY KEY (shop, day, product))"
    )
    rows = [f"('s{s}', {d}, {p}, {s}.{d}{p})" for s in range(4) for d in range(4) for p in range(4)]
    engine.sql(f"INSERT INTO prices VALUES {', '.join(rows)}")
    bench = make_bench("prices")
    bench.pump()
    assert bench.same()
    bench.sql(
        "DELETE FROM prices WHERE shop = 's1' AND day = 2",
        "UPDATE prices SET price = 9.99 WHERE product = 3",
        "INSERT INTO prices VALUES ('s1', 5, 1, 0.01), ('a', 1, 1, NULL)",
    )
    bench.pump()
    assert bench.same()


def test_large_numbers_as_keys_are_exact(engine: Engine, make_bench: MakeBench) -> None:
    """Past 2^53 a double would confuse neighbours."""
    first = 9_007_199_254_740_990
    engine.sql("CREATE TABLE ids (id BIGINT PRIMARY KEY, n INT)")
    rows = ", ".join(f"({first + i}, {i})" for i in range(20))
    engine.sql(
        f"INSERT INTO ids VALUES {rows}, (-9223372036854775808, 1), (9223372036854775807, 2)"
    )
    bench = make_bench("ids")
    bench.pump()
    assert bench.same()
    for i in range(0, 20, 3):
        bench.sql(f"UPDATE ids SET n = -1 WHERE id = {first + i}")
        bench.pump()
    assert bench.same()
    assert len(bench.replay.ops("ids")) == 7


def test_a_unique_index_that_is_never_null_stands_in_for_a_primary_key(
    engine: Engine, make_bench: MakeBench
) -> None:
    engine.sql(
        "CREATE TABLE codes (a INT NOT NULL, b INT, c VARCHAR(20) NOT NULL)",
        "CREATE UNIQUE INDEX codes_b ON codes (b)",
        "CREATE UNIQUE INDEX codes_ca ON codes (c, a)",
        "INSERT INTO codes VALUES (1, NULL, 'x'), (1, NULL, 'y'), (2, 5, 'x')",
    )
    bench = make_bench("codes")
    bench.pump()
    assert bench.replay.schemas["codes"].key == ("c", "a")
    bench.sql("DELETE FROM codes WHERE c = 'y'")
    bench.pump()
    assert bench.same()


def test_a_table_without_a_key_is_stopped_and_the_others_go_on(
    engine: Engine, make_bench: MakeBench
) -> None:
    engine.sql(KEYLESS, "CREATE TABLE orders (id INT PRIMARY KEY)", "INSERT INTO orders VALUES (1)")
    bench = make_bench("loose", "orders")
    bench.pump()
    assert bench.same("orders")
    if engine.name == "sqlite":  # which has row ids instead
        assert bench.replay.schemas["loose"].key == ("rowid",)
        return
    error = bench.state.stopped(SHOP)["loose"]
    assert "it has no primary key and no unique index over NOT NULL columns" in error
    assert "fix: give it a primary key, then `aethermart capture run --shop corner_shop" in error
    bench.sql("ALTER TABLE loose ADD PRIMARY KEY (a)")
    bench.state.request_snapshot(SHOP, ["loose"])
    bench.pump()
    assert bench.same()
    assert bench.state.stopped(SHOP) == {}


def test_a_table_that_is_not_there_is_told(bench: Bench) -> None:
    bench.restart(["orders", "no_such_table"])
    bench.pump()
    assert bench.same("orders")
    error = bench.state.stopped(SHOP)["no_such_table"]
    assert "corner_shop.no_such_table is not captured: there is no such table" in error
    assert "grant SELECT on it" in error


def test_an_added_column_is_announced_with_its_old_rows_values(bench: Bench) -> None:
    bench.pump()
    bench.sql(
        "ALTER TABLE orders ADD COLUMN channel VARCHAR(10) DEFAULT 'web'",
        "UPDATE orders SET note = 'x', channel = 'shop' WHERE id = 3",
    )
    bench.pump()
    assert bench.same()
    assert [c.name for c in bench.replay.schemas["orders"].columns][-1] == "channel"
    assert bench.replay.live["orders"][(4,)]["channel"] == "web"
    announced = [c for e in bench.replay.entries for c in e.controls if isinstance(c, TableSchema)]
    assert [schema.table for schema in announced] == ["orders", "order_lines", "orders"]


@pytest.mark.parametrize(
    "change, told",
    [
        ("ALTER TABLE orders DROP COLUMN note", "column note is gone"),
        ("ALTER TABLE orders RENAME COLUMN note TO remark", "column note is gone"),
        ("DROP TABLE orders", "there is no such table"),
    ],
)
def test_what_can_no_longer_be_read_stops_that_table_alone(
    bench: Bench, change: str, told: str
) -> None:
    bench.pump()
    before = dict(bench.replay.live["orders"])
    bench.sql(change)
    bench.sql("DELETE FROM order_lines WHERE order_id = 1")
    bench.pump()
    assert told in bench.state.stopped(SHOP)["orders"]
    assert bench.replay.live["orders"] == before
    assert bench.same("order_lines")


def test_a_retyped_column_stops_the_table_until_it_is_read_anew(bench: Bench) -> None:
    if bench.engine.name == "sqlite":
        bench.pump()
        bench.sql(
            "DROP TABLE orders",
            "CREATE TABLE orders (id INT PRIMARY KEY, note INT, amount DECIMAL(12, 2))",
        )
        retype = "SELECT 1"
    elif bench.engine.name == "mariadb":
        retype = "ALTER TABLE orders MODIFY note INT"
    else:
        retype = "ALTER TABLE orders ALTER note TYPE INT USING 1"
    bench.sql("UPDATE orders SET note = '1'")
    bench.pump()
    bench.sql(retype)
    bench.pump()
    assert "column note changed from string to int64" in bench.state.stopped(SHOP)["orders"]
    bench.state.request_snapshot(SHOP, ["orders"])
    bench.pump()
    assert bench.same()
    assert bench.state.stopped(SHOP) == {}


def test_another_key_stops_the_table(engine: Engine, make_bench: MakeBench) -> None:
    engine.sql("CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a))")
    bench = make_bench("t")
    bench.pump()
    engine.sql("DROP TABLE t", "CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b))")
    bench.pump()
    assert "its key changed from a to b" in bench.state.stopped(SHOP)["t"]


def test_a_column_with_a_name_of_the_log_stops_the_table(
    engine: Engine, make_bench: MakeBench
) -> None:
    engine.sql("CREATE TABLE t (id INT PRIMARY KEY, _op INT)")
    bench = make_bench("t")
    bench.pump()
    assert "column _op has a name that the log keeps for itself" in bench.state.stopped(SHOP)["t"]


def test_nothing_is_made_in_the_shop(bench: Bench) -> None:
    """The server engines' user may SELECT and nothing else; the file is opened for reading."""
    before = bench.engine.objects()
    bench.pump()
    bench.sql("UPDATE orders SET note = 'x'")
    bench.pump()
    bench.restart()
    bench.pump()
    assert bench.same()
    bench.close()
    assert bench.engine.objects() == before
