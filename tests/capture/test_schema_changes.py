"""What a change of a table's schema does: it passes, or it stops that table and no other."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from aethermart.core.entries import Column, SnapshotBegin, SnapshotEnd, TableSchema
from tests.capture.bench import SHOP, Bench
from tests.capture.conftest import MakeBench

pytestmark = pytest.mark.service("postgres")


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    made = make_bench(tables=["orders", "other"])
    made.sql("CREATE TABLE orders (id int PRIMARY KEY, code int, total numeric(8, 2))")
    made.sql("CREATE TABLE other (id int PRIMARY KEY)")
    made.sql("INSERT INTO orders VALUES (1, 10, 1.00), (2, 20, 2.00)")
    made.pump()
    return made


def announced(bench: Bench, since: int) -> list[TableSchema]:
    return [
        control
        for entry in bench.replay.entries[since:]
        for control in entry.controls
        if isinstance(control, TableSchema)
    ]


def snapshots(bench: Bench, since: int) -> list[tuple[str, ...]]:
    return [
        control.tables
        for entry in bench.replay.entries[since:]
        for control in entry.controls
        if isinstance(control, SnapshotBegin)
    ]


def reason(bench: Bench, table: str = "orders") -> str:
    """Why the table is stopped, without the names that every such error holds."""
    error = bench.state.stopped(SHOP)[table]
    cause, _, fix = error.partition("\n  fix: ")
    assert cause.startswith(f"{SHOP}.{table} is not captured: ")
    assert fix.endswith(f"then `aethermart capture run --shop {SHOP} --snapshot {table}`")
    return cause.removeprefix(f"{SHOP}.{table} is not captured: ")


def test_an_added_column_passes_with_rows_of_before_and_after_in_one_entry(bench: Bench) -> None:
    before = len(bench.replay.entries)
    bench.sql("INSERT INTO orders VALUES (3, 30, 3.00)")
    bench.sql("ALTER TABLE orders ADD COLUMN note text")
    bench.sql("INSERT INTO orders VALUES (4, 40, 4.00, 'new')")
    assert bench.pump() == 1
    assert announced(bench, before) == [
        TableSchema(
            "orders",
            (
                Column("id", "int64", nullable=False),
                Column("code", "int64"),
                Column("total", "decimal128(8, 2)"),
                Column("note", "string"),
            ),
            ("id",),
        )
    ]
    assert [row["note"] for row in bench.replay.table("orders")] == [None, None, None, "new"]
    assert bench.same("orders")
    bench.restart()
    bench.pump()
    assert len(announced(bench, before)) == 1
    assert snapshots(bench, before) == []


def test_an_added_column_is_announced_though_no_row_follows(bench: Bench) -> None:
    before = len(bench.replay.entries)
    bench.sql("ALTER TABLE orders ADD COLUMN note text")
    bench.pump()
    assert [len(schema.columns) for schema in announced(bench, before)] == [4]


def test_an_announcement_that_the_log_never_got_is_made_again(bench: Bench) -> None:
    before = len(bench.replay.entries)
    bench.sql("ALTER TABLE orders ADD COLUMN note text")
    entry = next(bench.read())  # and the process dies before it is appended
    assert isinstance(entry.controls[0], TableSchema)
    bench.restart()
    bench.pump()
    assert len(announced(bench, before)) == 1


@pytest.mark.parametrize(
    "alter",
    [
        pytest.param("ADD COLUMN note text DEFAULT 'x'", id="constant default"),
        pytest.param("ADD COLUMN at float8 DEFAULT random()", id="default that rewrites"),
        pytest.param(
            "ADD COLUMN twice int GENERATED ALWAYS AS (code * 2) STORED", id="generated column"
        ),
        pytest.param("ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY", id="identity"),
        pytest.param("ALTER COLUMN code TYPE int USING code * 100", id="rewritten, same type"),
        pytest.param("ALTER COLUMN code TYPE bigint", id="widened"),
    ],
)
def test_rows_rewritten_without_a_trigger_are_captured_anew(bench: Bench, alter: str) -> None:
    before = len(bench.replay.entries)
    bench.sql(f"ALTER TABLE orders {alter}")
    bench.sql("INSERT INTO orders (id, code) VALUES (3, 30)")
    bench.pump()
    bench.pump()
    assert bench.same("orders", "other")
    assert snapshots(bench, before) == [("orders",)]
    assert bench.state.stopped(SHOP) == {}
    bench.pump()
    bench.restart()
    bench.pump()
    assert snapshots(bench, before) == [("orders",)]


def test_rows_rewritten_while_nobody_looked_are_captured_anew(bench: Bench) -> None:
    bench.source.close()
    bench.sql("ALTER TABLE orders ALTER COLUMN code TYPE int USING code * 100")
    bench.restart()
    bench.pump()
    bench.pump()
    assert bench.same("orders")


def test_an_emptied_table_needs_no_snapshot(bench: Bench) -> None:
    before = len(bench.replay.entries)
    bench.sql("TRUNCATE orders")
    bench.sql("INSERT INTO orders VALUES (5, 50, 5.00)")
    bench.pump()
    bench.pump()
    assert bench.same("orders")
    assert snapshots(bench, before) == []


@pytest.mark.parametrize(
    "statements, why",
    [
        pytest.param(["DROP TABLE orders"], "it is gone", id="dropped table"),
        pytest.param(["ALTER TABLE orders RENAME TO sales"], "it is gone", id="renamed table"),
        pytest.param(
            [
                "DROP TABLE orders",
                "CREATE TABLE orders (id int PRIMARY KEY, code int, total numeric(8, 2))",
            ],
            "it was dropped and made anew",
            id="table of the same name",
        ),
        pytest.param(
            ["ALTER TABLE orders DROP COLUMN code"], "column code is gone", id="dropped column"
        ),
        pytest.param(
            ["ALTER TABLE orders RENAME COLUMN code TO number"],
            "column code is gone",
            id="renamed column",
        ),
        pytest.param(
            ["ALTER TABLE orders DROP COLUMN code", "ALTER TABLE orders ADD COLUMN code int"],
            "column code was dropped and made anew",
            id="column of the same name",
        ),
        pytest.param(
            ["ALTER TABLE orders ALTER COLUMN code TYPE text"],
            "column code changed from int64 to string",
            id="retyped column",
        ),
        pytest.param(
            ["ALTER TABLE orders ALTER COLUMN total TYPE numeric(10, 4)"],
            "column total changed from decimal128(8, 2) to decimal128(10, 4)",
            id="other precision",
        ),
        pytest.param(
            ["ALTER TABLE orders DROP CONSTRAINT orders_pkey"],
            "its key changed from id to none",
            id="key dropped",
        ),
        pytest.param(
            [
                "ALTER TABLE orders DROP CONSTRAINT orders_pkey",
                "ALTER TABLE orders ADD PRIMARY KEY (code, id)",
            ],
            "its key changed from id to code, id",
            id="another key",
        ),
        pytest.param(
            [
                "ALTER TABLE orders DROP CONSTRAINT orders_pkey",
                "ALTER TABLE orders ADD PRIMARY KEY (id) DEFERRABLE",
            ],
            "its primary key is DEFERRABLE, so that two rows may share a key for a while",
            id="deferrable key",
        ),
        pytest.param(
            ["ALTER TABLE orders DISABLE TRIGGER trg_aethermart_update"],
            "its capture triggers are gone or disabled",
            id="trigger disabled",
        ),
        pytest.param(
            ["DROP TRIGGER trg_aethermart_truncate ON orders"],
            "its capture triggers are gone or disabled",
            id="trigger dropped",
        ),
        pytest.param(
            ["CREATE TABLE part () INHERITS (orders)"],
            "it is partitioned or inherits: a change to one part fires no trigger of another",
            id="inherited",
        ),
    ],
)
def test_a_change_not_understood_stops_that_table_and_no_other(
    bench: Bench, statements: list[str], why: str
) -> None:
    for statement in statements:
        bench.sql(statement)
    bench.sql("INSERT INTO other VALUES (1)")
    before = bench.replay.table("orders")
    bench.pump()
    assert reason(bench) == why
    assert list(bench.state.stopped(SHOP)) == ["orders"]
    bench.sql("INSERT INTO other VALUES (2)")
    bench.restart()
    bench.pump()
    assert bench.same("other")
    assert bench.replay.table("orders") == before


@pytest.mark.parametrize(
    "alter, table, values",
    [
        ("RENAME COLUMN id TO number", "orders", "9, 9, 9"),
        ("RENAME TO sales", "sales", "9, 9, 9"),
        ("DROP COLUMN id", "orders", "9, 9"),
        ("DROP COLUMN code", "orders", "9, 9"),
    ],
)
@pytest.mark.parametrize("nested", [False, True], ids=["plain", "after a trigger's own change"])
def test_the_shop_can_write_on_after_any_change_of_its_own(
    bench: Bench, alter: str, table: str, values: str, nested: bool
) -> None:
    """The triggers must not fail for a name that is gone, in any kind of statement."""
    bench.sql(f"ALTER TABLE orders {alter}")
    if nested:
        oid = bench.sql(f"SELECT '{table}'::regclass::oid")[0][0]
        bench.sql(f"SET aethermart.nested = '<{oid}>'")
    bench.sql(f"INSERT INTO {table} VALUES ({values})")
    bench.sql(f"UPDATE {table} SET total = 1")
    bench.sql(f"DELETE FROM {table}")
    bench.pump()
    assert list(bench.state.stopped(SHOP)) == ["orders"]


def test_a_name_that_was_away_for_a_while_stops_the_table(bench: Bench) -> None:
    """Its rows changed in ways that the triggers could not tell; nothing else shows it."""
    bench.sql("ALTER TABLE orders RENAME COLUMN id TO number")
    bench.sql("UPDATE orders SET number = number + 10")
    bench.sql("ALTER TABLE orders RENAME COLUMN number TO id")
    bench.pump()
    assert reason(bench) == "rows changed while it or its key had another name"


def test_a_table_renamed_and_back_lost_nothing(bench: Bench) -> None:
    bench.sql("ALTER TABLE orders RENAME TO sales")
    bench.sql("INSERT INTO sales VALUES (3, 30, 3.00)")
    bench.sql("UPDATE sales SET id = 4 WHERE id = 3")
    bench.sql("ALTER TABLE sales RENAME TO orders")
    bench.pump()
    assert bench.same("orders")
    assert bench.state.stopped(SHOP) == {}


def test_a_table_put_in_place_of_another_is_captured_by_its_own_triggers(bench: Bench) -> None:
    """The old one keeps its triggers; what they write must not count for the new one."""
    bench.sql("ALTER TABLE orders RENAME TO orders_old")
    bench.sql("CREATE TABLE orders (key text PRIMARY KEY, total int)")
    bench.pump()
    assert reason(bench) == "it was dropped and made anew"
    bench.state.request_snapshot(SHOP, ["orders"])
    bench.pump()
    bench.sql("INSERT INTO orders VALUES ('a', 1)")
    bench.sql("UPDATE orders SET key = 'b'")
    bench.sql("UPDATE orders_old SET id = id + 100")
    bench.sql("DELETE FROM orders_old")
    bench.pump()
    assert bench.replay.table("orders") == [{"key": "b", "total": 1}]
    assert bench.state.stopped(SHOP) == {}


@pytest.mark.parametrize("while_nobody_looked", [True, False])
def test_triggers_that_were_off_for_a_while_mean_a_snapshot(
    bench: Bench, while_nobody_looked: bool
) -> None:
    if while_nobody_looked:
        bench.source.close()
    bench.sql("ALTER TABLE orders DISABLE TRIGGER ALL")
    bench.sql("UPDATE orders SET total = 77")
    bench.sql("ALTER TABLE orders ENABLE TRIGGER ALL")
    bench.restart()
    bench.pump()
    bench.pump()
    assert {row["total"] for row in bench.replay.table("orders")} == {Decimal("77.00")}


def test_a_stopped_table_comes_back_by_a_snapshot_on_request(bench: Bench) -> None:
    bench.sql("ALTER TABLE orders DROP COLUMN code")
    bench.sql("INSERT INTO orders VALUES (3, 3.00)")
    bench.pump()
    bench.sql("UPDATE orders SET total = total + 1")
    bench.pump()
    bench.state.request_snapshot(SHOP, ["orders"])
    before = len(bench.replay.entries)
    bench.pump()
    assert snapshots(bench, before) == [("orders",)]
    assert bench.same("orders", "other")
    assert bench.state.stopped(SHOP) == {}
    assert bench.state.requested_snapshots(SHOP) == ()
    bench.sql("UPDATE orders SET id = id + 100")
    bench.pump()
    assert bench.same("orders")
    assert snapshots(bench, before) == [("orders",)]


def test_a_request_that_cannot_be_met_is_answered_once(bench: Bench) -> None:
    bench.sql("DROP TABLE orders")
    bench.state.request_snapshot(SHOP, ["orders"])
    bench.pump()
    assert reason(bench) == "there is no such table"
    before = len(bench.replay.entries)
    assert bench.pump(heartbeat=False) == 0
    bench.pump()
    assert snapshots(bench, before) == []


@pytest.fixture
def wide(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """With a table whose snapshot takes many entries."""
    monkeypatch.setattr("aethermart.capture.postgres.copying.BLOCK_BYTES", 1)
    monkeypatch.setattr("aethermart.capture.chunking.CHUNK_ROWS", 1)
    bench.sql("CREATE TABLE wide (id int PRIMARY KEY, count int, memo text)")
    bench.sql("ALTER TABLE wide ALTER COLUMN memo SET STORAGE PLAIN")
    bench.sql("INSERT INTO wide SELECT i, 0, repeat('x', 7000) FROM generate_series(1, 200) AS i")
    bench.restart(tables=["orders", "wide", "other"])
    assert bench.pump() > 15
    return bench


@pytest.mark.parametrize("appended", [1, 2, 3, 10])
@pytest.mark.parametrize("crash", [True, False], ids=["new process", "same process"])
def test_a_snapshot_cut_short_is_begun_anew(wide: Bench, appended: int, crash: bool) -> None:
    tables = ["orders", "wide", "other"]
    wide.state.request_snapshot(SHOP, tables)
    entries = wide.read()
    for _ in range(appended):
        wide.replay.apply(next(entries))
    entries.close()  # type: ignore[attr-defined]
    wide.sql("UPDATE wide SET count = count + 1, id = id + 1000 WHERE id % 2 = 0")
    wide.sql("UPDATE orders SET total = total + 1")
    if crash:
        wide.restart()
    wide.pump()
    assert wide.replay.under_way == set()
    assert wide.same(*tables)


@pytest.mark.parametrize(
    "rewrite", ["TRUNCATE orders", "ALTER TABLE orders ADD COLUMN at float8 DEFAULT random()"]
)
def test_a_table_cannot_be_rewritten_under_its_own_snapshot(bench: Bench, rewrite: str) -> None:
    """PostgreSQL would show it empty to a snapshot that is older than the rewriting."""
    bench.state.request_snapshot(SHOP, ["orders"])
    entries = bench.read()
    for _ in range(2):
        bench.replay.apply(next(entries))
    assert bench.replay.under_way == {"orders"}
    bench.sql("SET lock_timeout = '100ms'")
    with pytest.raises(psycopg.errors.LockNotAvailable):
        bench.sql(rewrite)
    bench.sql("INSERT INTO orders VALUES (3, 30, 3.00)")  # the shop goes on
    for entry in entries:
        bench.replay.apply(entry)
    bench.sql(rewrite)
    for _ in range(2):
        bench.pump()
    assert bench.same("orders")


def test_another_server_means_everything_anew(bench: Bench) -> None:
    """Simulated by a position that another system made."""
    bench.sql("UPDATE orders SET total = 5")
    end = bench.replay.entries[-1]
    system = end.end.split('"')[3]
    moved = end.end.replace(system, "7000000000000000000/00000001/5")
    assert moved != end.end
    entries = list(bench.source.read(type(end.end)(moved), heartbeat=False))
    assert entries[0].start == moved
    begin = [c for c in entries[0].controls if isinstance(c, SnapshotBegin)]
    assert [c.tables for c in begin] == [("orders", "other")]
    assert isinstance(entries[-1].controls[0], SnapshotEnd)
    assert system in entries[-1].end
    assert sum(entry.rows for entry in entries) == 2


def test_rows_that_a_restored_queue_brought_along_do_not_count(make_bench: MakeBench) -> None:
    """A dump holds the queue too, with numbers of transactions of the server it came from."""
    bench = make_bench(tables=["orders"])
    bench.sql("CREATE TABLE orders (id int PRIMARY KEY)")
    bench.pump()
    oid = bench.sql("SELECT 'orders'::regclass::oid")[0][0]
    bench.sql(
        "INSERT INTO aethermart_capture.change_queue (tx, table_oid, op, row_image) SELECT"
        f" (pg_current_xact_id()::text::bigint + i)::text::xid8, {oid}, 'c', '{{\"id\": 7}}'"
        " FROM generate_series(1, 50) AS i"
    )
    bench.restart()
    bench.replay = type(bench.replay)(bench.chunks)
    bench.pump()
    assert bench.waiting() == 0
    for number in range(60):
        bench.sql("INSERT INTO orders VALUES (%s)", 100 + number)
        bench.pump()
    assert bench.same("orders")


def test_a_table_that_the_pack_gained_is_captured(bench: Bench) -> None:
    bench.sql("CREATE TABLE third (id int PRIMARY KEY)")
    bench.sql("INSERT INTO third VALUES (1)")
    before = len(bench.replay.entries)
    bench.restart(tables=["orders", "other", "third"])
    bench.pump()
    assert snapshots(bench, before) == [("third",)]
    assert bench.same("orders", "other", "third")


@pytest.mark.parametrize("appended", [1, 2, 3])
def test_the_first_snapshot_of_a_gained_table_is_begun_anew_when_cut_short(
    bench: Bench, appended: int
) -> None:
    bench.sql("CREATE TABLE third (id int PRIMARY KEY)")
    bench.sql("INSERT INTO third VALUES (1)")
    bench.restart(tables=["orders", "other", "third"])
    entries = bench.read()
    for _ in range(appended):
        bench.replay.apply(next(entries))
    entries.close()  # type: ignore[attr-defined]
    bench.restart()
    bench.pump()
    assert bench.replay.under_way == set()
    assert bench.same("orders", "other", "third")


def test_a_table_that_the_pack_lost_is_let_go(bench: Bench) -> None:
    bench.restart(tables=["other"])
    bench.sql("INSERT INTO orders VALUES (3, 30, 3.00)")
    bench.sql("INSERT INTO other VALUES (1)")
    bench.pump()
    assert bench.state.stopped(SHOP) == {}
    assert [row["id"] for row in bench.replay.table("orders")] == [1, 2]
    assert bench.same("other")
