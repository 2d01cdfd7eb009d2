"""SQLite keeps what it is given: what a value travels as, and what becomes of one that cannot."""

from __future__ import annotations

import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from aethermart.capture.sqlite.reader import SqliteReader, sqlite_path
from aethermart.core.errors import AetherMartError, BadInput, Forbidden, NotFound, Unavailable
from tests.capture.compare.bench import SHOP, Bench
from tests.capture.compare.engines import SqliteEngine


@pytest.fixture(params=[False, True], ids=["rollback journal", "wal"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteEngine]:
    made = SqliteEngine(tmp_path / "shop", wal=request.param)
    yield made
    made.close()


def bench_of(engine: SqliteEngine, *tables: str) -> Bench:
    return Bench(engine, engine.path.parent.parent, tables)


@pytest.mark.parametrize(
    "declared, kind, given, travels",
    [
        ("INTEGER", "int64", [1, 2**63 - 1, None, 3.0, "7"], [1, 2**63 - 1, None, 3, 7]),
        ("TINYINT(1)", "int64", [0, 1, 5], [0, 1, 5]),
        ("VARCHAR(9)", "string", ["", "ä", None, 5, 1.5], ["", "ä", None, "5", "1.5"]),
        ("BLOB", "binary", [b"\x00\xff", b"", "ä", None], [b"\x00\xff", b"", "ä".encode(), None]),
        ("REAL", "double", [1, 0.1, math.inf, None], [1.0, 0.1, math.inf, None]),
        ("BOOLEAN", "bool", [0, 1, None, True], [False, True, None, True]),
        (
            "DECIMAL(10, 2)",
            "decimal128(10, 2)",
            [1, 19.99, 0.1 + 0.2, "3.5", None, 59.970000000000006],
            [Decimal(t) if t else None for t in ("1.00", "19.99", "0.30", "3.50", None, "59.97")],
        ),
        ("NUMERIC", "decimal128(38, 9)", [0.5], [Decimal("0.500000000")]),
        ("DATETIME", "string", ["2024-02-30 25:00", 17, None], ["2024-02-30 25:00", "17", None]),
        ("", "string", ["a", 1, 1.5, None], ["a", "1", "1.5", None]),
        ("JSON", "string", ['{"a": 1}', None], ['{"a": 1}', None]),
    ],
)  # fmt: skip
def test_values_travel_by_their_declared_type(
    engine: SqliteEngine, declared: str, kind: str, given: list[Any], travels: list[Any]
) -> None:
    engine.sql(f"CREATE TABLE t (id INTEGER PRIMARY KEY, v {declared})")
    for number, value in enumerate(given):
        engine.sql("INSERT INTO t VALUES (?, ?)", values=[number, value])
    bench = bench_of(engine, "t")
    bench.pump()
    assert bench.state.stopped(SHOP) == {}
    assert bench.replay.schemas["t"].columns[1].type == kind
    assert repr([row["v"] for row in bench.replay.table("t")]) == repr(travels)
    bench.close()


@pytest.mark.parametrize(
    "declared, value, told",
    [
        ("INTEGER", "many", "column v holds 'many' (str), not int64, at id 8"),
        ("INTEGER", 3.7, "column v holds 3.7 (float), not int64, at id 8"),
        ("REAL", "n/a", "column v holds 'n/a' (str), not double, at id 8"),
        ("TEXT", b"\x01", "column v holds b'\\x01' (bytes), not string, at id 8"),
        ("BOOLEAN", 2, "column v holds 2 (int), not bool, at id 8"),
        ("DECIMAL(5, 2)", 0.125, "column v holds 0.125 (float), not decimal128(5, 2), at id 8"),
        ("DECIMAL(5, 2)", 10000, "column v holds 10000 (int), not decimal128(5, 2), at id 8"),
        ("DECIMAL(5, 2)", "12 EUR", "column v holds '12 EUR' (str), not decimal128(5, 2), at id 8"),
    ],
)
def test_a_value_that_does_not_fit_stops_its_table_and_is_named(
    engine: SqliteEngine, declared: str, value: Any, told: str
) -> None:
    engine.sql(
        f"CREATE TABLE t (id INTEGER PRIMARY KEY, v {declared})",
        "CREATE TABLE other (id INTEGER PRIMARY KEY)",
        "INSERT INTO t VALUES (7, 1), (9, 1)",
    )
    bench = bench_of(engine, "t", "other")
    bench.pump()
    engine.sql("INSERT INTO t VALUES (8, ?)", values=[value])
    engine.sql("INSERT INTO other VALUES (1)")
    bench.pump()
    error = bench.state.stopped(SHOP)["t"]
    assert "corner_shop.t is not captured: a value does not fit its column: " in error
    assert told in error
    assert "correct the value in the shop" in error
    assert bench.same("other")
    engine.sql("UPDATE t SET v = 1 WHERE id = 8")
    bench.state.request_snapshot(SHOP, ["t"])
    bench.pump()
    assert bench.replay.live["t"].keys() == {(7,), (8,), (9,)}
    assert bench.state.stopped(SHOP) == {}
    bench.close()


def test_text_that_is_not_utf_8_stops_its_table(engine: SqliteEngine) -> None:
    engine.sql(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)",
        "INSERT INTO t VALUES (1, CAST(x'ff41' AS TEXT))",
    )
    bench = bench_of(engine, "t")
    bench.pump()
    assert "column v holds '\\udcffA' (str), not string, at id 1" in bench.state.stopped(SHOP)["t"]
    bench.close()


def test_one_and_one_point_nought_and_the_text_of_one_are_three_values(
    engine: SqliteEngine,
) -> None:
    engine.sql("CREATE TABLE t (id INTEGER PRIMARY KEY, v)", "INSERT INTO t VALUES (1, 1)")
    bench = bench_of(engine, "t")
    bench.pump()
    for value in (1.0, "1"):
        engine.sql("UPDATE t SET v = ?", values=[value])
        bench.pump()
    assert [row["v"] for _, row in bench.replay.ops("t")] == ["1.0", "1"]
    bench.close()


def test_a_table_without_a_key_is_known_by_its_row_ids(engine: SqliteEngine) -> None:
    engine.sql("CREATE TABLE t (rowid TEXT, v INT)", "INSERT INTO t VALUES ('a', 1), ('a', 1)")
    bench = bench_of(engine, "t")
    bench.pump()
    assert bench.replay.schemas["t"].key == ("_rowid_",)
    engine.sql("DELETE FROM t WHERE _rowid_ = 1")
    bench.pump()
    assert bench.replay.live["t"].keys() == {(2,)}
    assert bench.rows("t") == [{"rowid": "a", "v": 1}]  # the replay leaves out what begins with _
    bench.close()


@pytest.mark.parametrize(
    "make",
    [
        "CREATE TABLE t (k TEXT PRIMARY KEY, v INT) WITHOUT ROWID",
        "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v INT)",
        "CREATE TABLE t (k BLOB PRIMARY KEY, v INT)",
        "CREATE TABLE t (k PRIMARY KEY, v INT)",
        "CREATE TABLE t (k TEXT PRIMARY KEY, v INT, twice INT GENERATED ALWAYS AS (v * 2))",
    ],
)
def test_kinds_of_tables_and_keys(engine: SqliteEngine, make: str) -> None:
    engine.sql(make)
    given = b"%d" if "BLOB" in make else "%d"
    for number in range(40):
        engine.sql("INSERT INTO t (k, v) VALUES (?, ?)", values=[given % number, number])
    bench = bench_of(engine, "t")
    bench.pump()
    engine.sql("DELETE FROM t WHERE v % 7 = 3", "UPDATE t SET v = -v WHERE v % 5 = 1")
    bench.pump()
    assert sorted(row["v"] for row in bench.rows("t")) == sorted(
        -v if v % 5 == 1 else v for v in range(40) if v % 7 != 3
    )
    bench.close()


def test_a_key_of_mixed_kinds_that_changes_only_its_case(engine: SqliteEngine) -> None:
    engine.sql(
        "CREATE TABLE t (k TEXT COLLATE NOCASE PRIMARY KEY, v INT)",
        "INSERT INTO t VALUES ('abc', 1), ('abd', 2)",
    )
    bench = bench_of(engine, "t")
    bench.pump()
    engine.sql("UPDATE t SET k = 'ABC' WHERE v = 1")
    bench.pump()
    assert bench.same()
    assert [op for op, _ in bench.replay.ops("t")] == ["c", "d"]
    bench.close()


def test_rows_with_null_in_the_key_stop_the_table(engine: SqliteEngine) -> None:
    """SQLite allows it, by an old mistake that it keeps."""
    engine.sql("CREATE TABLE t (k TEXT PRIMARY KEY)", "INSERT INTO t VALUES (NULL), (NULL), ('a')")
    bench = bench_of(engine, "t")
    bench.pump()
    assert "2 of its rows have NULL in the key (k)" in bench.state.stopped(SHOP)["t"]
    bench.close()


def test_another_file_in_the_place_of_the_old_one_is_noticed(engine: SqliteEngine) -> None:
    engine.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)")
    bench = bench_of(engine, "t")
    bench.pump()
    new = engine.path.with_name("new.sqlite")
    with closing(sqlite3.connect(new)) as connection, connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (2), (3)")
    for leftover in engine.path.parent.glob("*-wal"):
        leftover.unlink()
    new.replace(engine.path)
    bench.pump()
    assert sorted(bench.replay.live["t"]) == [(2,), (3,)]
    bench.close()


def test_writers_are_not_held_up_while_their_file_is_compared(engine: SqliteEngine) -> None:
    engine.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    reader = engine.reader()
    with reader.view(["t"]):
        reader.discover(["t"])
        with closing(sqlite3.connect(engine.path, timeout=0.2)) as writer, writer:
            writer.execute("INSERT INTO t VALUES (2)")
        (block,) = reader.pages("t", None, None, 100)
        assert block.rows.to_pylist() == [{"id": 1}]  # and the view stays as it was
    with reader.view(["t"]) as view:
        assert not view.unchanged
        reader.discover(["t"])
        assert reader.digest("t", None, None, 100).rows == 2
    with reader.view(["t"]) as view:
        assert view.unchanged
    reader.close()


def test_a_file_that_somebody_holds_locked_is_told_and_tried_again(tmp_path: Path) -> None:
    engine = SqliteEngine(tmp_path / "shop")
    engine.sql("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    reader = SqliteReader(SHOP, engine.path, tmp_path / "copies", timeout_s=0.1)
    engine._connection.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable, match="is locked by another program"), reader.view(["t"]):
        pass
    engine._connection.execute("ROLLBACK")
    with reader.view(["t"]):
        assert reader.discover(["t"])["t"].key == ("id",)
    reader.close()
    engine.close()


def failure(path: Path, tmp_path: Path) -> AetherMartError:
    reader = SqliteReader(SHOP, path, tmp_path / "copies", timeout_s=0.1)
    with pytest.raises(AetherMartError) as caught, reader.view(["t"]):
        reader.discover(["t"])
    reader.close()
    assert str(path) in caught.value.cause
    return caught.value


def test_files_that_are_not_there_or_are_something_else(tmp_path: Path) -> None:
    missing = failure(tmp_path / "none.db", tmp_path)
    assert isinstance(missing, NotFound)
    assert "sqlite:///PATH, from the project folder" in missing.fix
    (tmp_path / "text.db").write_text("not a database, but long enough to look like one" * 50)
    assert isinstance(failure(tmp_path / "text.db", tmp_path), BadInput)
    assert not (tmp_path / "none.db").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "shop.db").touch(mode=0o000)
    assert isinstance(failure(tmp_path / "shop.db", tmp_path), Forbidden)


def test_addresses(tmp_path: Path) -> None:
    assert sqlite_path(SHOP, "sqlite:///data/a%20b.db", tmp_path) == tmp_path / "data/a b.db"
    assert sqlite_path(SHOP, "sqlite:////srv/shop.db", tmp_path) == Path("/srv/shop.db")
    for wrong in ("sqlite://shop.db", "sqlite:shop.db", "sqlite:///"):
        with pytest.raises(BadInput, match="is not the address of a SQLite file"):
            sqlite_path(SHOP, wrong, tmp_path)


def test_orders_come_with_their_lines_while_a_writer_is_busy(engine: SqliteEngine) -> None:
    engine.sql(
        "CREATE TABLE orders (id INTEGER PRIMARY KEY, line_count INT)",
        "CREATE TABLE lines (order_id INT, line INT, PRIMARY KEY (order_id, line))",
    )
    stop = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(engine.path, isolation_level=None, timeout=30)) as shop:
            number = 0
            while not stop.is_set():
                number += 1
                shop.execute("BEGIN IMMEDIATE")
                count = number % 4
                shop.execute("INSERT INTO lines VALUES (?, 0)", [number])
                shop.executemany(
                    "INSERT INTO lines VALUES (?, ?)", [(number, n + 1) for n in range(count)]
                )
                shop.execute("INSERT INTO orders VALUES (?, ?)", [number, count + 1])
                shop.execute("DELETE FROM orders WHERE id = ?", [number - 50])
                shop.execute("DELETE FROM lines WHERE order_id = ?", [number - 50])
                shop.execute("COMMIT")
                time.sleep(0.005)  # a file without WAL that is never let go of can never be read

    bench = bench_of(engine, "orders", "lines")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(12):
            bench.pump()
            if "orders" not in bench.replay.live:
                continue
            lines = [row["order_id"] for row in bench.rows("lines")]
            for order in bench.rows("orders"):
                assert lines.count(order["id"]) == order["line_count"]
    finally:
        stop.set()
        writer.join()
    bench.pump()
    assert bench.same()
    bench.close()
