"""Every engine: a snapshot first, then passes that find what was inserted, changed and deleted."""

from __future__ import annotations

from collections.abc import Generator
from decimal import Decimal

import pytest

from aethermart.capture.compare.differ import Load
from aethermart.capture.compare.state import CompareState
from aethermart.core.entries import Heartbeat, SnapshotEnd
from aethermart.core.errors import Conflict
from tests.capture.compare.bench import SMALL, Bench, Engine
from tests.capture.compare.conftest import MakeBench, fill


def test_the_first_read_is_a_snapshot_of_every_table(bench: Bench) -> None:
    bench.pump()
    assert bench.same()
    assert bench.replay.schemas["orders"].key == ("id",)
    assert bench.replay.schemas["order_lines"].key == ("order_id", "line")
    assert [e.time_kind for e in bench.replay.entries] == ["snapshot"] * len(bench.replay.entries)
    assert bench.replay.under_way == set()
    assert bench.rows("orders")[0] == {"id": 1, "note": "order 1", "amount": Decimal("1.50")}


def test_a_quiet_shop_gives_heartbeats_and_moves_no_position(bench: Bench) -> None:
    bench.pump()
    end = bench.replay.end
    assert bench.pump() == 1
    assert bench.replay.entries[-1].controls == (Heartbeat(),)
    assert bench.replay.end == end
    assert bench.pump(heartbeat=False) == 0


def test_rows_that_came_changed_and_went_are_one_entry(bench: Bench) -> None:
    bench.pump()
    since = len(bench.replay.entries)
    bench.sql(
        "INSERT INTO orders VALUES (500, 'new', 7.25)",
        "INSERT INTO order_lines VALUES (500, 1, 'p9')",
        "UPDATE orders SET amount = 0.01 WHERE id = 42",
        "DELETE FROM order_lines WHERE order_id = 7",
    )
    assert bench.pump() == 1
    assert bench.same()
    assert bench.replay.ops("orders", since) == [
        ("u", {"id": 42, "note": "order 42", "amount": Decimal("0.01")}),
        ("c", {"id": 500, "note": "new", "amount": Decimal("7.25")}),
    ]
    assert bench.replay.ops("order_lines", since) == [
        ("d", {"order_id": 7, "line": 1, "product": None}),
        ("d", {"order_id": 7, "line": 2, "product": None}),
        ("c", {"order_id": 500, "line": 1, "product": "p9"}),
    ]
    entry = bench.replay.entries[-1]
    assert entry.committed_at == entry.captured_at


def test_a_changed_key_is_a_deletion_and_a_creation(bench: Bench) -> None:
    bench.pump()
    since = len(bench.replay.entries)
    bench.sql("UPDATE orders SET id = 1000 WHERE id = 3")
    bench.pump()
    assert bench.same()
    assert bench.replay.ops("orders", since) == [
        ("d", {"id": 3, "note": None, "amount": None}),
        ("c", {"id": 1000, "note": "order 3", "amount": Decimal("3.50")}),
    ]


def test_rows_that_swapped_their_values_are_both_seen(bench: Bench) -> None:
    bench.pump()
    since = len(bench.replay.entries)
    bench.sql(
        "UPDATE orders SET note = 'order 2', amount = 2.5 WHERE id = 1",
        "UPDATE orders SET note = 'order 1', amount = 1.5 WHERE id = 2",
    )
    bench.pump()
    assert bench.same()
    assert [op for op, _ in bench.replay.ops("orders", since)] == ["u", "u"]


def test_null_and_empty_text_differ(bench: Bench) -> None:
    bench.sql("UPDATE orders SET note = '' WHERE id = 1")
    bench.pump()
    bench.sql("UPDATE orders SET note = NULL WHERE id = 1")
    bench.pump()
    assert bench.same()
    assert bench.replay.live["orders"][(1,)]["note"] is None


def test_a_table_that_was_emptied_and_filled_again(bench: Bench) -> None:
    bench.pump()
    bench.sql("DELETE FROM orders", "DELETE FROM order_lines")
    bench.pump()
    assert bench.same()
    assert bench.rows("orders") == []
    bench.sql(*fill(range(50, 150)))
    bench.pump()
    assert bench.same()
    bench.sql("UPDATE orders SET note = 'x' WHERE id = 149")
    bench.pump()
    assert bench.same()


def test_empty_tables_are_captured_as_empty(engine: Engine, make_bench: MakeBench) -> None:
    engine.sql("CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(200))")
    bench = make_bench("orders")
    bench.pump()
    assert bench.replay.live == {"orders": {}}
    bench.sql("INSERT INTO orders VALUES (1, 'first')")
    bench.pump()
    assert bench.rows("orders") == [{"id": 1, "note": "first"}]


def test_many_rows_at_the_end_at_the_start_and_in_the_middle(bench: Bench) -> None:
    bench.pump()
    for first in (1001, -1000, 10_001):
        bench.sql(*fill(range(first, first + 200)))
        bench.pump()
        assert bench.same()
    bench.sql(*fill(range(5000, 5200)))
    bench.pump()
    assert bench.same()
    bench.loaded()
    bench.pump()
    assert bench.loaded().rows == 0


def test_rows_squeezed_again_and_again_between_two_others(
    engine: Engine, make_bench: MakeBench
) -> None:
    """The places of ranges run out between two, and are spread anew."""
    engine.sql("CREATE TABLE notes (id VARCHAR(100) PRIMARY KEY)")
    bench = make_bench("notes")
    engine.sql("INSERT INTO notes VALUES ('a'), ('z')")
    bench.pump()
    for depth in range(1, 30):
        rows = ", ".join(f"('{'b' * depth}{letter}')" for letter in "cdefghi")
        bench.sql(f"INSERT INTO notes VALUES {rows}")
        bench.pump()
    assert bench.same()
    bench.loaded()
    bench.pump()
    assert bench.loaded() == Load() or bench.loaded().rows == 0


def test_a_new_process_goes_on_where_the_old_one_was(bench: Bench) -> None:
    bench.pump()
    bench.sql("UPDATE orders SET note = 'while nobody looked' WHERE id = 9")
    bench.restart()
    since = len(bench.replay.entries)
    assert bench.pump() == 1
    assert bench.same()
    assert len(bench.replay.ops("orders", since)) == 1


def test_a_state_that_is_gone_means_a_snapshot(bench: Bench) -> None:
    bench.pump()
    bench.source.close()
    for file in (bench.folder / "compare").iterdir():
        file.unlink()
    bench.sql("DELETE FROM orders WHERE id = 9")
    bench.restart()
    bench.pump()
    assert any(isinstance(c, SnapshotEnd) for c in bench.replay.entries[-1].controls)
    assert bench.same()


def test_a_state_of_another_day_is_not_trusted(bench: Bench) -> None:
    """A row that was put back to what an older state remembers would not be seen."""
    bench.pump()
    bench.source.close()
    old = (bench.folder / "compare" / "state.sqlite").read_bytes()
    bench.sql("UPDATE orders SET note = 'b' WHERE id = 1")
    bench.restart()
    bench.pump()
    bench.source.close()
    (bench.folder / "compare" / "state.sqlite").write_bytes(old)
    bench.sql("UPDATE orders SET note = 'order 1' WHERE id = 1")
    bench.restart()
    bench.pump()
    assert bench.same()


@pytest.mark.parametrize("settled", [True, False])
def test_what_the_log_did_not_take_is_found_again(bench: Bench, settled: bool) -> None:
    """Read and thrown away (False), or taken by the log while the source never heard (True)."""
    bench.pump()
    bench.sql("UPDATE orders SET note = 'b' WHERE id = 1")
    entries = bench.read()
    assert isinstance(entries, Generator)
    entry = next(entries)
    if settled:
        bench.replay.apply(entry)
    entries.close()
    bench.sql("UPDATE orders SET note = 'order 1' WHERE id = 1")
    bench.restart()
    bench.pump()
    assert bench.same()
    assert len(bench.replay.ops("orders")) == (2 if settled else 0)


def test_a_second_capture_on_the_same_state_is_refused(bench: Bench) -> None:
    bench.pump()
    other = bench.opened()
    with pytest.raises(Conflict, match="capture of corner_shop runs already"):
        next(other.read(bench.replay.end, heartbeat=True))
    bench.sql("DELETE FROM orders WHERE id = 1")
    bench.pump()
    assert bench.same()


def test_a_table_is_read_anew_on_request(bench: Bench) -> None:
    bench.pump()
    bench.state.request_snapshot("corner_shop", ["orders"])
    bench.sql("DELETE FROM orders WHERE id = 2", "DELETE FROM order_lines WHERE order_id = 2")
    bench.pump()
    assert bench.same()
    assert bench.state.requested_snapshots("corner_shop") == ()
    begun = [
        c.tables for e in bench.replay.entries for c in e.controls if isinstance(c, SnapshotEnd)
    ]
    assert begun == [("orders", "order_lines"), ("orders",)]


@pytest.mark.nightly
def test_ranges_stay_of_one_size_however_rows_come(bench: Bench) -> None:
    """Cut off one by one, they would become as many as there are rows."""
    bench.pump()
    for number in range(200):
        key = (number * 37) % 200 * 10 + 5
        bench.sql(f"INSERT INTO orders VALUES ({10_000 + key}, 'x', 1)")
        bench.pump()
    bench.close()
    state = CompareState(bench.folder / "compare")
    leaves = [leaf for group in state.groups("orders", 1000) for leaf in group]
    state.close()
    assert sum(leaf.digest.rows for leaf in leaves) == 300
    assert len(leaves) <= 2.5 * 300 / SMALL.leaf_rows
    bench.sql("DELETE FROM orders")
    bench.restart()
    bench.pump()
    assert bench.rows("orders") == []
