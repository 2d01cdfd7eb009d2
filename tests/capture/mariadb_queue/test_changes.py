"""What the queue tells of each kind of write, and in which order."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest

from tests.capture.mariadb_queue.bench import SHOP
from tests.capture.mariadb_queue.conftest import MakeBench

pytestmark = [pytest.mark.service("mariadb"), pytest.mark.promise(47)]
ORDERS = "CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(50), code INT UNIQUE)"


def test_every_statement_is_told_row_by_row(make_bench: MakeBench) -> None:
    bench = make_bench("orders")
    bench.sql(ORDERS)
    bench.pump()

    def told(*statements: str) -> list[tuple[str, int]]:
        since = len(bench.replay.entries)
        for statement in statements:
            bench.sql(statement)
        bench.pump()
        assert bench.same()
        return [(op, row["id"]) for op, row in bench.replay.ops("orders", since)]

    assert told("INSERT INTO orders VALUES (1, 'a', 10), (2, 'b', 20), (3, NULL, NULL)") == [
        ("c", 1),
        ("c", 2),
        ("c", 3),
    ]
    assert told("INSERT INTO orders SELECT id + 3, note, NULL FROM orders") == [
        ("c", 4),
        ("c", 5),
        ("c", 6),
    ]
    assert told("UPDATE orders SET note = 'z' WHERE id > 4") == [("u", 5), ("u", 6)]
    moved = told("UPDATE orders SET id = id + 1 WHERE id >= 4 ORDER BY id DESC")
    assert moved == [("d", 6), ("c", 7), ("d", 5), ("c", 6), ("d", 4), ("c", 5)]
    assert told("INSERT INTO orders VALUES (1, 'x', 11) ON DUPLICATE KEY UPDATE note = 'dup'") == [
        ("u", 1)
    ]
    # By two unique keys at once it takes the place of two rows.
    assert sorted(told("REPLACE INTO orders VALUES (1, 'new', 20)")) == [
        ("c", 1),
        ("d", 1),
        ("d", 2),
    ]
    assert told("INSERT IGNORE INTO orders VALUES (1, 'no', 1), (9, 'yes', 9)") == [("c", 9)]
    assert told("DELETE FROM orders WHERE id IN (5, 6)") == [("d", 5), ("d", 6)]
    assert told("BEGIN", "DELETE FROM orders", "ROLLBACK") == []
    assert told(
        "BEGIN",
        "INSERT INTO orders VALUES (20, 'kept', NULL)",
        "SAVEPOINT s",
        "INSERT INTO orders VALUES (21, 'not kept', NULL)",
        "ROLLBACK TO s",
        "INSERT INTO orders VALUES (22, 'kept', NULL)",
        "COMMIT",
    ) == [("c", 20), ("c", 22)]
    assert bench.state.stopped(SHOP) == {}


def test_a_key_that_changes_in_capitals_alone_moves(make_bench: MakeBench) -> None:
    """The shop calls both keys equal; nobody else does."""
    bench = make_bench("t")
    bench.sql("CREATE TABLE t (k VARCHAR(9) PRIMARY KEY, v INT)")
    bench.sql("INSERT INTO t VALUES ('ab', 1)")
    bench.pump()
    bench.sql("UPDATE t SET k = 'AB'")
    bench.pump()
    assert [(op, row["k"]) for op, row in bench.replay.ops("t")] == [("d", "ab"), ("c", "AB")]
    assert bench.same()


def test_changes_carry_the_time_of_their_statement_in_utc(make_bench: MakeBench) -> None:
    bench = make_bench("orders")
    bench.sql(ORDERS)
    bench.pump()
    bench.sql("SET time_zone = '-07:00', timestamp = 1700000000.25")
    bench.sql("INSERT INTO orders VALUES (1, 'a', 1)")
    bench.pump()
    entry = bench.replay.entries[-1]
    assert entry.time_kind == "statement"
    assert entry.committed_at is not None
    assert entry.committed_at.isoformat() == "2023-11-14T22:13:20.250000+00:00"


def test_with_keys_alone_the_last_state_is_told_and_deletions_exactly(
    make_bench: MakeBench,
) -> None:
    bench = make_bench("orders", rows_as="key")
    bench.sql(ORDERS)
    bench.sql("INSERT INTO orders VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)")
    bench.pump()
    since = len(bench.replay.entries)
    for statement in (
        "UPDATE orders SET note = 'first' WHERE id = 1",
        "UPDATE orders SET note = 'last' WHERE id = 1",
        "DELETE FROM orders WHERE id = 2",
        "INSERT INTO orders VALUES (4, 'came', 4)",
        "INSERT INTO orders VALUES (5, 'came and went', 5)",
        "DELETE FROM orders WHERE id = 5",
        "DELETE FROM orders WHERE id = 3",
        "INSERT INTO orders VALUES (3, 'again', 3)",
    ):
        bench.sql(statement)
    bench.pump()
    assert [(op, row["id"], row["note"]) for op, row in bench.replay.ops("orders", since)] == [
        ("u", 1, "last"),
        ("d", 2, None),
        ("c", 4, "came"),
        ("u", 3, "again"),
    ]
    assert bench.same()


def test_a_row_too_large_for_a_line_is_read_by_its_key(make_bench: MakeBench) -> None:
    """Two blobs, each nearly as large as a packet may be: the line would be past it."""
    bench = make_bench("t")
    bench.sql("CREATE TABLE t (id INT PRIMARY KEY, a LONGBLOB, b LONGBLOB, v INT)")
    most = int(bench.sql("SELECT @@max_allowed_packet")[0][0]) * 3 // 5
    bench.sql(f"INSERT INTO t VALUES (1, REPEAT('a', {most}), 'x', 1), (2, 'small', NULL, 2)")
    bench.pump()
    assert bench.same()
    since = len(bench.replay.entries)
    bench.sql(f"INSERT INTO t VALUES (3, REPEAT('c', {most}), 'x', 3)")
    bench.sql("UPDATE t SET v = 7 WHERE id = 1")
    bench.sql("UPDATE t SET v = 8 WHERE id = 2")
    bench.pump()
    assert [(op, row["id"], row["v"]) for op, row in bench.replay.ops("t", since)] == [
        ("c", 3, 3),
        ("u", 1, 7),
        ("u", 2, 8),
    ]
    assert bench.same()


def test_the_rows_of_one_key_come_in_the_order_of_its_locks(make_bench: MakeBench) -> None:
    """A bulk update waits in its middle for another's row: its later ids are taken later."""
    bench = make_bench("t")
    bench.sql("CREATE TABLE t (id INT PRIMARY KEY, v DECIMAL(10, 1))")
    bench.sql("INSERT INTO t VALUES " + ", ".join(f"({n}, 0)" for n in range(1, 101)))
    bench.pump()
    holder, waiter = bench.other(), bench.other()
    with holder.cursor() as cursor:
        cursor.execute("UPDATE t SET v = 1 WHERE id = 60")
    bulk = threading.Thread(target=lambda: waiter.cursor().execute("UPDATE t SET v = v * 2 + 0.5"))
    bulk.start()
    time.sleep(0.3)
    with holder.cursor() as cursor:
        cursor.execute("UPDATE t SET v = 3 WHERE id = 60")
    bench.pump()
    holder.commit()
    bulk.join()
    bench.pump()  # the holder's, with higher ids than those of the bulk that are still missing
    assert bench.replay.live["t"][60,]["v"] == Decimal(3)
    waiter.commit()
    bench.pump()
    assert bench.replay.live["t"][60,]["v"] == Decimal("6.5")
    assert bench.same()


def test_ids_that_never_come_are_given_up(make_bench: MakeBench) -> None:
    bench = make_bench("orders")
    bench.sql(ORDERS)
    bench.pump()
    for number in range(5):
        with bench.other() as gone:
            with gone.cursor() as cursor:
                cursor.execute("INSERT INTO orders VALUES (%s, 'rolled back', NULL)", [number])
            gone.rollback()
    bench.sql("INSERT INTO orders VALUES (9, 'kept', 9)")
    for _ in range(3):
        bench.pump()
    assert '"missing":[]' in bench.replay.end
    assert bench.same()


def test_a_position_survives_a_restart_with_a_transaction_open(make_bench: MakeBench) -> None:
    bench = make_bench("orders")
    bench.sql(ORDERS)
    bench.pump()
    slow = bench.other()
    with slow.cursor() as cursor:
        cursor.execute("INSERT INTO orders VALUES (1, 'slow', 1)")
    bench.sql("INSERT INTO orders VALUES (2, 'quick', 2)")
    bench.pump()
    bench.restart()
    bench.pump()
    assert [key for (key,) in bench.replay.live["orders"]] == [2]
    slow.commit()
    bench.restart()
    bench.pump()
    assert sorted(key for (key,) in bench.replay.live["orders"]) == [1, 2]
    assert bench.same()
    assert len([e for e in bench.replay.entries if e.time_kind == "snapshot"]) == 2  # begin, end


def test_a_snapshot_beside_an_open_transaction_has_it_from_the_queue(make_bench: MakeBench) -> None:
    bench = make_bench("orders")
    bench.sql(ORDERS)
    bench.sql("INSERT INTO orders VALUES (1, 'old', 1)")
    bench.pump()
    slow = bench.other()
    with slow.cursor() as cursor:
        cursor.execute("UPDATE orders SET note = 'slow' WHERE id = 1")
        cursor.execute("INSERT INTO orders VALUES (2, 'slow', 2)")
    bench.sql("INSERT INTO orders VALUES (3, 'quick', 3)")
    bench.state.request_snapshot(SHOP, ["orders"])
    bench.pump()
    assert [row["note"] for row in bench.replay.table("orders")] == ["old", "quick"]
    slow.commit()
    bench.pump()
    assert [row["note"] for row in bench.replay.table("orders")] == ["slow", "slow", "quick"]
    assert bench.same()
