"""MariaDB and MySQL compared: values of each type, kinds of keys, rights, logins, a busy shop."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aethermart.capture.compare.settings import CompareSettings
from aethermart.core.errors import BadInput, Unavailable
from aethermart.servers import mysql_client as driver
from aethermart.servers.mysql_client import parse_address
from tests.capture.compare.bench import SHOP, Bench
from tests.capture.test_types import told
from tests.services import require_service

if TYPE_CHECKING:
    from tests.capture.compare.engines import MariadbEngine

SECRET = "Tr0ub4dor"
UUID = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
LONG = "1234567890123456789012345678.0123456789"


@pytest.fixture(params=["mariadb", "mysql"])
def engine(request: pytest.FixtureRequest) -> Iterator[MariadbEngine]:
    require_service(request.param)
    from tests.capture.compare.engines import MariadbEngine

    made = MariadbEngine(request.getfixturevalue(request.param), request.param)
    yield made
    made.close()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


# type -> the Arrow type it travels as, its values as SQL, and what they are in Berlin
KINDS: dict[str, tuple[str, list[tuple[str, Any]]]] = {
    "TINYINT(1)": ("bool", [("0", False), ("1", True)]),
    "BOOLEAN": ("bool", [("TRUE", True)]),
    "BIT(1)": ("bool", [("b'1'", True), ("b'0'", False)]),
    "BIT(40)": ("int64", [("b'101'", 5), ("1099511627775", 1099511627775)]),
    "TINYINT": ("int64", [("-128", -128)]),
    "TINYINT(3) UNSIGNED": ("int64", [("255", 255)]),
    "SMALLINT": ("int64", [("-32768", -32768)]),
    "MEDIUMINT UNSIGNED": ("int64", [("16777215", 16777215)]),
    "INT(6) ZEROFILL": ("int64", [("42", 42)]),
    "BIGINT": ("int64", [("-9223372036854775808", -(2**63)), ("9223372036854775807", 2**63 - 1)]),
    "BIGINT UNSIGNED": ("int64", [("9223372036854775807", 2**63 - 1), ("0", 0)]),
    "YEAR": ("int64", [("2024", 2024)]),
    "DECIMAL(12, 2)": (
        "decimal128(12, 2)",
        [("0.1", Decimal("0.10")), ("-9999999999.99", Decimal("-9999999999.99"))],
    ),
    "DECIMAL(38, 10)": (
        "decimal128(38, 10)",
        [("1234567890123456789012345678.0123456789", Decimal(LONG))],
    ),
    "DECIMAL(50, 2)": ("string", [(f"{'9' * 44}.5", f"{'9' * 44}.50")]),
    "DOUBLE": ("double", [("0.1", 0.1), ("1e308", 1e308), ("12345678.1234567", 12345678.1234567)]),
    "FLOAT": ("double", [("16777216", 16777216.0), ("0.5", 0.5)]),
    "DATE": (
        "date32[day]",
        [("'2024-02-29'", date(2024, 2, 29)), ("'0000-00-00'", None), ("'2024-05-00'", None)],
    ),
    "DATETIME(6)": (
        "timestamp[us, tz=UTC]",
        [
            ("'2026-01-15 10:00:00.000001'", utc(2026, 1, 15, 9, 0, 0, 1)),
            ("'2026-07-15 10:00'", utc(2026, 7, 15, 8)),
            ("'2026-10-25 02:30'", utc(2026, 10, 25, 1, 30)),  # twice: the second
            ("'2026-03-29 02:30'", utc(2026, 3, 29, 1)),  # never: when the clock went on
            ("'0000-00-00'", None),
        ],
    ),
    "TIMESTAMP(3) NULL": (
        "timestamp[us, tz=UTC]",
        [("'2026-07-15 10:00:00.125'", utc(2026, 7, 15, 10, 0, 0, 125000))],
    ),
    "TIME(3)": ("string", [("'-838:59:59'", "-838:59:59.000"), ("'00:00:01.5'", "00:00:01.500")]),
    "CHAR(5)": ("string", [("'EU  '", "EU")]),
    "VARCHAR(40)": (
        "string",
        [("''", ""), ("'NULL'", "NULL"), ("'a\\'b\\\\c\\nd'", "a'b\\c\nd"), ("'😀'", "😀")],
    ),
    "VARCHAR(20) CHARACTER SET latin1": ("string", [("'Größe'", "Größe")]),
    "VARCHAR(20) CHARACTER SET cp1251": ("string", [("'Привет'", "Привет")]),
    "TEXT": ("string", [("REPEAT('ä', 9000)", "ä" * 9000)]),
    "LONGTEXT": ("string", [("'x'", "x")]),
    "ENUM('new', 'paid', 'it''s')": ("string", [("'it''s'", "it's"), ("'new'", "new")]),
    "SET('a', 'b')": ("string", [("'b,a'", "a,b"), ("''", "")]),
    "JSON": ("string", [("'{\"a\": [1, null]}'", '{"a": [1, null]}')]),
    "BINARY(4)": ("string", [("x'00ff'", "00ff0000")]),
    "BINARY(32)": ("string", [(f"x'{'0a' * 32}'", "0a" * 32)]),
    "BINARY(33)": ("binary", [(f"x'{'0a' * 33}'", b"\n" * 33)]),
    "VARBINARY(9)": ("binary", [("x'00275c'", b"\x00'\\"), ("''", b"")]),
    "BLOB": ("binary", [("x'ff00'", b"\xff\x00")]),
    "LONGBLOB": ("binary", [("REPEAT(x'00', 100000)", b"\x00" * 100000)]),
    "UUID": ("string", [(f"'{UUID}'", UUID)]),
    "INET6": ("string", [("'::1'", "::1")]),
}  # fmt: skip
MARIADBS_OWN = ("UUID", "INET6")


def test_values_of_every_type(
    engine: MariadbEngine, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine.time_zone = "Europe/Berlin"
    # Last, so that the others keep their numbers.
    kinds = {k: v for k, v in KINDS.items() if engine.product == "mariadb" or k not in MARIADBS_OWN}
    columns = ", ".join(
        f"c{n} {kind}" + ("" if kind.endswith("NULL") else " NULL") for n, kind in enumerate(kinds)
    )
    engine.sql(f"CREATE TABLE t (id INT PRIMARY KEY, {columns})")
    rows = max(len(values) for _, values in kinds.values())
    for row in range(rows):
        values = [v[row][0] if row < len(v) else "NULL" for _, v in kinds.values()]
        engine.sql(f"INSERT INTO t VALUES ({row}, {', '.join(values)})")
    engine.sql("INSERT INTO t (id) VALUES (99)")
    bench = Bench(engine, tmp_path, ["t"])
    with caplog.at_level(logging.WARNING):
        bench.pump()
    assert bench.state.stopped(SHOP) == {}
    assert "column c17 holds dates with a zero month or day, such as 0000-00-00" in caplog.text
    types = {c.name: c.type for c in bench.replay.schemas["t"].columns}
    live = bench.replay.live["t"]
    for n, (kind, (arrow, values)) in enumerate(kinds.items()):
        assert types[f"c{n}"] == arrow, kind
        assert live[99,][f"c{n}"] is None, kind
        found = [live[row,][f"c{n}"] for row in range(len(values))]
        assert [*map(told, found)] == [told(expected) for _, expected in values], kind
    # Each kind of value is in the hash: a change of any one is seen.
    for n, (kind, (_, values)) in enumerate(kinds.items()):
        since = len(bench.replay.entries)
        engine.sql(f"UPDATE t SET c{n} = {values[0][0]} WHERE id = 99")
        bench.pump()
        ((op, row),) = bench.replay.ops("t", since)
        assert (op, row["id"], told(row[f"c{n}"])) == ("u", 99, told(values[0][1])), kind
    bench.close()


def test_a_float_that_changes_past_its_sixth_digit_is_seen(
    engine: MariadbEngine, tmp_path: Path
) -> None:
    """Its text form in SQL would be 1677720 both times."""
    engine.sql("CREATE TABLE t (id INT PRIMARY KEY, v FLOAT)", "INSERT INTO t VALUES (1, 16777214)")
    bench = Bench(engine, tmp_path, ["t"])
    bench.pump()
    engine.sql("UPDATE t SET v = 16777215")
    bench.pump()
    assert bench.rows("t") == [{"id": 1, "v": 16777215.0}]
    bench.close()


@pytest.mark.parametrize(
    "kind, value, told",
    [
        ("BIGINT UNSIGNED", "18446744073709551615", "'18446744073709551615', not int64, at id '2'"),
        ("TINYINT(1)", "7", "column v holds '7', not bool, at id '2'"),
    ],
)
def test_a_value_that_does_not_fit_stops_its_table_and_is_named(
    engine: MariadbEngine, tmp_path: Path, kind: str, value: str, told: str
) -> None:
    engine.sql(
        f"CREATE TABLE t (id INT PRIMARY KEY, v {kind})",
        "CREATE TABLE other (id INT PRIMARY KEY)",
        "INSERT INTO t VALUES (1, 1)",
    )
    bench = Bench(engine, tmp_path, ["t", "other"])
    bench.pump()
    engine.sql(f"INSERT INTO t VALUES (2, {value})", "INSERT INTO other VALUES (1)")
    bench.pump()
    assert told in bench.state.stopped(SHOP)["t"]
    assert bench.same("other")
    bench.close()


@pytest.mark.parametrize(
    "kind, values",
    [
        ("VARCHAR(20) COLLATE utf8mb4_general_ci", ["a", "B", "ä1", "Z", "ß"]),
        ("VARCHAR(20) CHARACTER SET latin1", ["a", "é", "ÿ", "z"]),
        ("ENUM('zeta', 'alpha', 'mid')", ["alpha", "zeta", "mid"]),
        ("DATETIME(6)", ["2026-01-01 00:00:00.000001", "2026-01-01", "1999-12-31"]),
        ("DECIMAL(30, 10)", ["123456789012345678.0000000001", "123456789012345678.0000000002"]),
        ("BIGINT UNSIGNED", ["9007199254740993", "9007199254740992", "9007199254740994"]),
        ("BINARY(3)", [b"\x00\x01\x02", b"\xff\xfe\xfd", b"'\\\n"]),
        ("BINARY(16)", [b"\x01\x8f" + bytes(14), b"\xff" * 16, b"%s\\'\n" + bytes(10) + b"`"]),
        ("VARBINARY(40)", [b"\x00\x01", b"\x00", b"\xff" * 40, b"'\\\n"]),
        ("FLOAT", ["0.1", "0.2", "1e10"]),
        ("UUID", ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "00000000-0000-4000-8000-000000000001"]),
    ],
)  # fmt: skip
def test_kinds_of_keys(engine: MariadbEngine, tmp_path: Path, kind: str, values: list[Any]) -> None:
    if kind in MARIADBS_OWN and engine.product != "mariadb":
        pytest.skip(f"only MariaDB has {kind}")
    engine.sql(f"CREATE TABLE t (k {kind}, m INT, n INT, PRIMARY KEY (k, m))")
    bench = Bench(engine, tmp_path, ["t"])
    bench.pump()
    for value in values:
        for m in (2, 1, 3):
            engine.sql("INSERT INTO t VALUES (?, ?, 1)", values=[value, m])
        bench.pump()
    engine.sql("UPDATE t SET n = 2 WHERE m <> 3")
    bench.pump()
    assert sorted(row["n"] for row in bench.rows("t")) == [1] * len(values) + [2] * 2 * len(values)
    engine.sql("DELETE FROM t WHERE m = 1")
    bench.pump()
    assert len(bench.rows("t")) == 2 * len(values)
    engine.sql("DELETE FROM t")
    bench.pump()
    assert bench.rows("t") == []
    assert bench.state.stopped(SHOP) == {}
    bench.close()


def test_ranges_use_the_index_of_the_key(engine: MariadbEngine) -> None:
    engine.sql(
        "CREATE TABLE t (a INT, b INT, n INT, PRIMARY KEY (a, b))",
        f"INSERT INTO t SELECT seq DIV 100, seq, 0 FROM {engine.numbers(20000)}",
        "ANALYZE TABLE t",
    )
    reader: Any = engine.reader()
    with reader.view(["t"]):
        reader.discover(["t"])
        before = handler_reads(reader)
        found = reader.digest("t", ("50", "5000"), ("52", "5230"), 1000)
        assert found.rows == 230
        assert handler_reads(reader) - before < 2000
    reader.close()


def handler_reads(reader: Any) -> int:
    rows = reader._execute("SHOW SESSION STATUS LIKE 'Handler_read%%'")
    return sum(int(value) for _, value in rows)


def test_a_table_that_may_not_be_read_is_told(engine: MariadbEngine, tmp_path: Path) -> None:
    engine.sql(
        "CREATE TABLE orders (id INT PRIMARY KEY)",
        "CREATE TABLE secret (id INT PRIMARY KEY)",
        "INSERT INTO orders VALUES (1)",
    )
    user, password = engine.server.select_only_user(engine.database, "orders")
    engine.dsn = engine.server.dsn(engine.database, user, password)
    bench = Bench(engine, tmp_path, ["orders", "secret"])
    bench.pump()
    assert bench.same("orders")
    error = bench.state.stopped(SHOP)["secret"]
    assert "there is no such table, or the capture user may not see it" in error
    assert "grant SELECT on it" in error
    engine.server.sql(f"GRANT INSERT ON {engine.database}.secret TO {user}@'%'")
    bench.state.request_snapshot(SHOP, ["secret"])
    bench.pump()
    error = bench.state.stopped(SHOP)["secret"]
    assert f"user '{user}' may not read it" in error
    assert f"GRANT SELECT ON secret TO {user}" in error
    bench.close()


def test_a_view_and_a_table_of_an_engine_without_views_of_the_past(
    engine: MariadbEngine, tmp_path: Path
) -> None:
    engine.sql(
        "CREATE TABLE plain (id INT PRIMARY KEY, n INT) ENGINE = MyISAM",
        "CREATE VIEW seen AS SELECT * FROM plain",
        "INSERT INTO plain VALUES (1, 1), (2, 2)",
    )
    bench = Bench(engine, tmp_path, ["plain", "seen"])
    bench.pump()
    engine.sql("UPDATE plain SET n = 3 WHERE id = 2")
    bench.pump()
    assert bench.rows("plain") == [{"id": 1, "n": 1}, {"id": 2, "n": 3}]
    assert "there is no such table" in bench.state.stopped(SHOP)["seen"]
    bench.close()


def test_a_table_altered_while_it_is_read_is_read_again(
    engine: MariadbEngine, tmp_path: Path
) -> None:
    engine.sql("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    reader = engine.reader()

    def look() -> None:
        with reader.view(["t"]):
            engine.sql("ALTER TABLE t ADD COLUMN n INT, ALGORITHM = COPY")
            reader.discover(["t"])
            reader.digest("t", None, None, 10)

    with pytest.raises(Unavailable, match="changed while it was read"):
        look()
    with reader.view(["t"]):
        assert len(reader.discover(["t"])["t"].columns) == 2
    reader.close()


def test_a_shop_that_is_too_slow_says_what_to_lower(engine: MariadbEngine, tmp_path: Path) -> None:
    engine.sql(
        "CREATE TABLE t (id INT PRIMARY KEY)",
        f"INSERT INTO t SELECT seq FROM {engine.numbers(200000)}",
    )
    settings = CompareSettings(page_rows=1_000_000, statement_timeout_s=0.02)
    told = {"mariadb": "max_statement_time", "mysql": "maximum statement execution time"}
    told_here = told[engine.product]
    bench = Bench(engine, tmp_path, ["t"], settings)
    with pytest.raises(Unavailable, match=told_here) as caught:
        bench.pump()
    assert "lower range_rows and page_rows of [compare]" in caught.value.fix
    bench.close()


def test_a_connection_that_is_cut_is_made_anew(engine: MariadbEngine, tmp_path: Path) -> None:
    engine.sql("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    bench = Bench(engine, tmp_path, ["t"])
    bench.pump()
    user = parse_address(engine.dsn, f"shop {SHOP}").user
    rows = engine.server.sql(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE USER = %s", [user]
    )
    for (number,) in rows:
        engine.server.sql(f"KILL {number}")
    engine.sql("INSERT INTO t VALUES (2)")
    with pytest.raises(Unavailable):
        bench.pump()
    bench.pump()
    assert bench.same()
    bench.close()


@pytest.mark.parametrize(
    "change, kind, told",
    [
        ({"password": SECRET}, BadInput, "Access denied for user"),
        ({"user": "nobody_here"}, BadInput, "Access denied for user 'nobody_here'"),
        ({"database": "no_such_shop"}, BadInput, "no_such_shop"),
        ({"port": "1"}, Unavailable, "Can't connect"),
        ({"host": "db.invalid"}, BadInput, "db.invalid"),
    ],
)
def test_a_login_that_is_refused_is_told_without_the_password(
    engine: MariadbEngine, change: dict[str, str], kind: type[Exception], told: str
) -> None:
    address = parse_address(engine.dsn, f"shop {SHOP}")
    parts = {
        "user": address.user,
        "password": address.password,
        "host": address.host,
        "port": str(address.port),
        "database": address.database,
        **change,
    }
    engine.dsn = "mysql://{user}:{password}@{host}:{port}/{database}".format(**parts)
    with pytest.raises(kind, match=told) as caught:
        engine.reader()
    assert parts["password"] not in str(caught.value)
    assert f"mysql://{parts['user']}:***@{parts['host']}" in str(caught.value)


@pytest.mark.parametrize(
    "dsn, told",
    [
        (f"mysql://ada:{SECRET}@db", "it lacks one database"),
        (f"mysql://:{SECRET}@db/shop", "it lacks a user"),
        (f"mysql://ada:{SECRET}@/shop", "it lacks a host"),
        (f"mysql://ada:{SECRET}@db:port/shop", "its port is not a number"),
        (f"mysql://ada:{SECRET}@db:99999/shop", "its port is not a number"),
        (f"mysql://ada:{SECRET}@db/shop?colour=red", "unknown option 'colour'"),
        (f"mysql://ada:{SECRET}@db/shop/orders", "it lacks one database"),
    ],
)
def test_an_address_that_cannot_be_right_is_bad_input(dsn: str, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_address(dsn, f"shop {SHOP}")
    assert told in caught.value.cause
    assert SECRET not in str(caught.value)
    assert caught.value.fix == "write it as mysql://user:password@host:port/database"


def test_an_address_taken_apart() -> None:
    address = parse_address("mariadb://a%40b:p%3A%2Fw@db:3307/my%20shop?ssl=true", f"shop {SHOP}")
    assert (address.user, address.password) == ("a@b", "p:/w")
    assert (address.host, address.port, address.database) == ("db", 3307, "my shop")
    assert address.tls
    assert "p:/w" not in repr(address)


def test_without_the_library_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pymysql", None)
    with pytest.raises(BadInput, match="needs the library PyMySQL") as caught:
        driver.pymysql()
    assert caught.value.fix == "pip install 'aethermart[mysql]'"


def test_orders_come_with_their_lines_while_writers_are_busy(
    engine: MariadbEngine, tmp_path: Path
) -> None:
    engine.sql(
        "CREATE TABLE orders (id INT PRIMARY KEY, line_count INT)",
        "CREATE TABLE order_lines (order_id INT, line INT, PRIMARY KEY (order_id, line))",
    )
    stop = threading.Event()

    def write(number: int) -> None:
        with closing(engine.server.connect(engine.database)) as shop, shop.cursor() as cursor:
            while not stop.is_set():
                number += 4
                count = 1 + number % 3
                shop.begin()
                cursor.execute("INSERT INTO order_lines VALUES (%s, 0)", [number])
                time.sleep(0.001)
                for line in range(1, count):
                    cursor.execute("INSERT INTO order_lines VALUES (%s, %s)", [number, line])
                cursor.execute("INSERT INTO orders VALUES (%s, %s)", [number, count])
                cursor.execute("DELETE FROM orders WHERE id = %s", [number - 200])
                cursor.execute("DELETE FROM order_lines WHERE order_id = %s", [number - 200])
                shop.commit()

    bench = Bench(engine, tmp_path, ["orders", "order_lines"])
    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for writer in writers:
        writer.start()
    try:
        until, passes = time.monotonic() + 3, 0
        while time.monotonic() < until or passes < 4:
            bench.pump()
            passes += 1
            lines = [row["order_id"] for row in bench.rows("order_lines")]
            for order in bench.rows("orders"):
                assert lines.count(order["id"]) == order["line_count"]
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    bench.pump()
    assert bench.same()
    bench.close()


def test_nobody_listening_is_unavailable() -> None:
    require_service("mariadb")
    from aethermart.capture.mariadb.reader import MariadbReader

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dsn = f"mysql://ada:{SECRET}@127.0.0.1:{taken.getsockname()[1]}/shop"
        with pytest.raises(Unavailable, match="does not let us in") as caught:
            MariadbReader(SHOP, dsn)
    assert SECRET not in str(caught.value)
