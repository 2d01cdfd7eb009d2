"""PostgreSQL compared: values as the queue has them, tables of each kind, rights, a busy shop."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from aethermart.capture.compare.settings import CompareSettings
from aethermart.capture.postgres.compared import PostgresReader, usable_queue
from aethermart.capture.postgres.install import install_queue
from aethermart.capture.postgres.schema import discover
from aethermart.core.errors import BadInput, Forbidden, Unavailable
from aethermart.core.schemas import Schemas
from tests.capture import busy_shop
from tests.capture.bench import Bench as QueueBench
from tests.capture.busy_shop import TABLES, Writers
from tests.capture.compare.bench import SHOP, Bench
from tests.capture.compare.engines import PostgresEngine
from tests.capture.test_types import KINDS, MAKE
from tests.capture.test_under_load import whole

pytestmark = pytest.mark.service("postgres")


@pytest.fixture
def engine(database: str) -> Iterator[PostgresEngine]:
    made = PostgresEngine(database)
    yield made
    made.close()


def test_every_type_travels_as_by_the_queue(
    engine: PostgresEngine, database: str, tmp_path: Path
) -> None:
    columns = ", ".join(f"c{n} {kind}" for n, kind in enumerate(KINDS))
    engine.sql(*MAKE)
    engine.sql(f"CREATE TABLE t (id int PRIMARY KEY, {columns})")
    for row in range(8):
        values = [v[row % len(v)][0] for v in KINDS.values()]
        engine.sql(f"INSERT INTO t VALUES ({row}, {', '.join(values)})")
    queue = QueueBench(database, tmp_path / "queue", tables=["t"])
    queue.pump()
    bench = Bench(engine, tmp_path, ["t"])
    bench.pump()
    assert bench.replay.schemas == queue.replay.schemas
    assert repr(bench.replay.table("t")) == repr(queue.replay.table("t"))
    for n, values in enumerate(KINDS.values()):
        engine.sql(f"UPDATE t SET c{n} = {values[0][0]} WHERE id = 7")
        bench.pump()
    queue.pump()
    assert repr(bench.replay.table("t")) == repr(queue.replay.table("t"))
    queue.close()
    bench.close()


@pytest.mark.parametrize(
    "kind, values",
    [
        ("timestamptz", ["2026-01-01 00:00+00", "2026-01-01 00:00:00.000001+00", "infinity"]),
        ("numeric", ["1", "1.5", "-7", "NaN"]),
        ("uuid", [f"00000000-0000-0000-0000-00000000000{n}" for n in range(10)]),
        ("date", ["2026-02-28", "0001-01-01"]),
        ("bytea", ["\\x00", "\\xff", "\\x"]),
        ('"Odd ""type"', ["b", "a"]),
        ("char(5)", ["a", "ab", ""]),
        ('varchar(9) COLLATE "C"', ["a", "B", "ä"]),
    ],
)
def test_kinds_of_keys(
    engine: PostgresEngine, tmp_path: Path, kind: str, values: list[str]
) -> None:
    engine.sql("CREATE TYPE \"Odd \"\"type\" AS ENUM ('b', 'a')")
    engine.sql(f"CREATE TABLE t (k {kind} PRIMARY KEY, n int)")
    bench = Bench(engine, tmp_path, ["t"])
    bench.pump()
    usable = values[:-1] if values[-1] in {"NaN", "infinity"} else values
    for value in usable:
        engine.sql("INSERT INTO t VALUES (?, 1)", values=[value])
        bench.pump()
    engine.sql("UPDATE t SET n = 2")
    bench.pump()
    assert [row["n"] for row in bench.rows("t")] == [2] * len(usable)
    engine.sql("DELETE FROM t")
    bench.pump()
    assert bench.rows("t") == []
    assert bench.state.stopped(SHOP) == {}
    bench.close()


def test_partitioned_tables_generated_columns_and_deferrable_keys_are_read(
    engine: PostgresEngine, tmp_path: Path
) -> None:
    """What the queue's triggers cannot follow, a comparison can."""
    engine.sql(
        "CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY RANGE (id)",
        "CREATE TABLE low PARTITION OF parts FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE high PARTITION OF parts FOR VALUES FROM (10) TO (1000)",
        "CREATE TABLE later (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE made (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL)",
        "INSERT INTO parts SELECT i, i FROM generate_series(1, 30) AS i",
        "INSERT INTO later VALUES (1)",
        "INSERT INTO made VALUES (4)",
    )
    bench = Bench(engine, tmp_path, ["parts", "later", "made"])
    bench.pump()
    engine.sql("UPDATE parts SET id = id + 100 WHERE id < 5", "UPDATE made SET id = 5")
    bench.pump()
    assert bench.same()
    assert bench.rows("made") == [{"id": 5, "twice": 10}]
    bench.close()


def test_what_cannot_be_told_apart_or_seen_is_told(engine: PostgresEngine, tmp_path: Path) -> None:
    engine.sql(
        "CREATE TABLE base (id int PRIMARY KEY)",
        "CREATE TABLE heir (n int) INHERITS (base)",
        "CREATE TABLE hidden (id int PRIMARY KEY)",
        "ALTER TABLE hidden ENABLE ROW LEVEL SECURITY",
        "CREATE TABLE secret (id int PRIMARY KEY)",
        f"REVOKE SELECT ON secret FROM {engine.role}",
        "CREATE TABLE orders (id int PRIMARY KEY)",
        "INSERT INTO orders VALUES (1)",
    )
    bench = Bench(engine, tmp_path, ["base", "hidden", "secret", "orders"])
    bench.pump()
    stopped = bench.state.stopped(SHOP)
    assert "other tables inherit from it" in stopped["base"]
    assert "row-level security hides rows" in stopped["hidden"]
    assert f"user '{engine.role}' may not read it" in stopped["secret"]
    assert f"GRANT SELECT ON secret TO {engine.role}, then `aethermart" in stopped["secret"]
    assert bench.same("orders")
    engine.sql(f"GRANT SELECT ON secret TO {engine.role}")
    bench.state.request_snapshot(SHOP, ["secret"])
    bench.pump()
    assert bench.same("secret")
    bench.close()


def test_the_right_to_use_the_schema_is_asked_for_by_name(
    engine: PostgresEngine, tmp_path: Path
) -> None:
    engine.sql("CREATE TABLE orders (id int PRIMARY KEY)")
    engine.sql("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    bench = Bench(engine, tmp_path, ["orders"])
    with pytest.raises(Forbidden, match="permission denied for schema public") as caught:
        bench.pump()
    assert "it needs no more" in caught.value.fix
    engine.sql("GRANT USAGE ON SCHEMA public TO PUBLIC")
    bench.pump()
    assert bench.same()
    bench.close()


def test_a_value_that_does_not_fit_stops_its_table_alone(
    engine: PostgresEngine, tmp_path: Path
) -> None:
    engine.sql(
        "CREATE TABLE t (id int PRIMARY KEY, v timestamptz)",
        "CREATE TABLE other (id int PRIMARY KEY)",
        "INSERT INTO t VALUES (1, now())",
    )
    bench = Bench(engine, tmp_path, ["t", "other"])
    bench.pump()
    engine.sql("INSERT INTO t VALUES (2, 'infinity')", "INSERT INTO other VALUES (1)")
    bench.pump()
    assert "column v holds 'infinity' at id '2'" in bench.state.stopped(SHOP)["t"]
    assert bench.same("other")
    bench.close()


def test_a_shop_that_is_too_slow_says_what_to_lower(engine: PostgresEngine, tmp_path: Path) -> None:
    engine.sql(
        "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t SELECT generate_series(1, 200000)"
    )
    settings = CompareSettings(range_rows=1_000_000, page_rows=1_000_000, statement_timeout_s=0.02)
    bench = Bench(engine, tmp_path, ["t"], settings)
    with pytest.raises(Unavailable, match="statement timeout") as caught:
        bench.pump()
    assert "lower range_rows and page_rows of [compare]" in caught.value.fix
    bench.close()


def test_a_table_rewritten_while_it_is_read_waits(engine: PostgresEngine) -> None:
    """TRUNCATE does not respect views: unlocked, the table would look empty."""
    engine.sql("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    reader = engine.reader()
    with reader.view(["t"]):
        with psycopg.connect(engine._dsn) as other:
            other.execute("SET lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute("TRUNCATE t")
        reader.discover(["t"])
        assert reader.digest("t", None, None, 10).rows == 1
    reader.close()


@pytest.mark.parametrize(
    "change, told",
    [
        ({"password": "Tr0ub4dor"}, "password authentication failed"),
        ({"dbname": "no_such_shop"}, 'database "no_such_shop" does not exist'),
    ],
)
def test_a_login_that_is_refused_is_told_without_the_password(
    engine: PostgresEngine, change: dict[str, str], told: str
) -> None:
    parts = {**conninfo_to_dict(engine.dsn), **change}
    dsn = "postgresql://{user}:{password}@{host}:{port}/{dbname}".format(**parts)
    with pytest.raises(BadInput, match=told) as caught:
        PostgresReader(SHOP, dsn)
    assert str(parts["password"]) not in str(caught.value)


def test_a_queue_is_usable_for_whom_it_was_granted_to(engine: PostgresEngine) -> None:
    engine.sql("CREATE TABLE t (id int PRIMARY KEY)")
    assert not usable_queue(engine.dsn, SHOP)
    with psycopg.connect(engine._dsn, autocommit=True) as owner:
        install_queue(owner, discover(owner, Schemas.of("public"), ["t"]).values())
    assert not usable_queue(engine.dsn, SHOP)
    assert usable_queue(engine._dsn, SHOP)
    engine.sql(
        f"GRANT USAGE ON SCHEMA aethermart_capture TO {engine.role}",
        f"GRANT SELECT, DELETE ON aethermart_capture.change_queue TO {engine.role}",
    )
    assert usable_queue(engine.dsn, SHOP)


@pytest.mark.parametrize("seconds", [4.0, pytest.param(40.0, marks=pytest.mark.nightly, id="long")])
def test_every_pass_shows_whole_orders_while_writers_are_busy(
    engine: PostgresEngine, tmp_path: Path, seconds: float
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it where the test fails
    with psycopg.connect(engine._dsn, autocommit=True) as owner:
        busy_shop.make_shop(owner)
    bench = Bench(engine, tmp_path, TABLES)
    passes, until = 0, time.monotonic() + seconds
    with Writers(engine._dsn, seed, count=4, held_open_s=1.0) as writers:
        while time.monotonic() < until or passes < 4:
            bench.pump(check=whole)
            passes += 1
    assert writers.committed > 50
    bench.pump(check=whole)
    assert bench.same()
    bench.close()
