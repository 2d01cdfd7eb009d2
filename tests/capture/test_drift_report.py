"""Each kind of change at a real source, as the drift report tells it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aethermart.core.entries import TableSchema
from aethermart.packs.load import load_shipped
from aethermart.packs.pack import Pack, SourceTable
from aethermart.packs.types import column_type
from aethermart.warehouse.drift import drift_of
from tests.capture.bench import SHOP, Bench
from tests.capture.conftest import MakeBench

pytestmark = pytest.mark.service("postgres")

Told = tuple[str | None, str, str | None, str | None]


@pytest.fixture
def bench(make_bench: MakeBench) -> Bench:
    made = make_bench(tables=["orders", "other"])
    made.sql("CREATE TABLE orders (id int PRIMARY KEY, code int, total numeric(8, 2))")
    made.sql("CREATE TABLE other (id int PRIMARY KEY)")
    made.sql("INSERT INTO orders VALUES (1, 10, 1.00)")
    made.pump()
    return made


@pytest.fixture
def pack() -> Pack:
    """It needs id and total; of code it knows nothing."""
    columns = {"id": column_type("integer"), "total": column_type("decimal(8,2)")}
    table = SourceTable("orders", columns, ("id",))
    return replace(load_shipped("aethermart"), tables={"orders": table})


def report(bench: Bench, pack: Pack) -> list[tuple[Told, str]]:
    announced = [
        (offset, entry.captured_at, control)
        for offset, entry in enumerate(bench.replay.entries, start=1)
        for control in entry.controls
        if isinstance(control, TableSchema)
    ]
    found = drift_of(SHOP, pack, announced, bench.state.stopped(SHOP))
    assert {change.table for change in found} <= {"orders"}
    for change in found:  # the log knows when, unless the table is stopped
        assert (change.noticed_at is None) == change.done.startswith("capture of the table stopped")
    return [((c.column, c.change, c.before, c.after), c.done) for c in found]


def captured_anew(bench: Bench) -> None:
    bench.state.request_snapshot(SHOP, ["orders"])
    bench.pump()


@pytest.mark.promise("90")
def test_an_added_column_passes_and_is_told(bench: Bench, pack: Pack) -> None:
    assert report(bench, pack) == []
    bench.sql("ALTER TABLE orders ADD COLUMN note text")
    bench.sql("INSERT INTO orders VALUES (2, 20, 2.00, 'new')")
    bench.pump()
    assert report(bench, pack) == [(("note", "added", None, "string"), "passed on")]


@pytest.mark.promise("90")
def test_a_dropped_column_stops_the_table_and_after_a_snapshot_passes_if_nobody_needs_it(
    bench: Bench, pack: Pack
) -> None:
    bench.sql("ALTER TABLE orders DROP COLUMN code")
    bench.sql("INSERT INTO orders VALUES (2, 2.00)")
    bench.pump()
    ((told, done),) = report(bench, pack)
    assert told == ("code", "dropped", None, None)
    assert "column code is gone" in done
    captured_anew(bench)
    assert report(bench, pack) == [(("code", "dropped", "int64", None), "passed on")]


@pytest.mark.promise("90")
def test_a_dropped_column_that_the_pack_needs_stops_the_table_in_the_mirror_too(
    bench: Bench, pack: Pack
) -> None:
    bench.sql("ALTER TABLE orders DROP COLUMN total")
    bench.sql("INSERT INTO orders VALUES (2, 20)")
    bench.pump()
    captured_anew(bench)
    ((told, done),) = report(bench, pack)
    assert told == ("total", "dropped", "decimal128(8, 2)", None)
    assert done == ("table stopped in the mirror: orders.total is missing (expected decimal(8,2))")


@pytest.mark.promise("90")
def test_a_renamed_column_is_told_with_both_its_names(bench: Bench, pack: Pack) -> None:
    bench.sql("ALTER TABLE orders RENAME COLUMN total TO amount")
    bench.sql("INSERT INTO orders VALUES (2, 20, 2.00)")
    bench.pump()
    assert report(bench, pack)[0][0] == ("total", "dropped", None, None)
    captured_anew(bench)
    ((told, done),) = report(bench, pack)
    assert told == ("total", "renamed", "total", "amount")
    assert "orders.total is missing" in done


@pytest.mark.promise("90")
def test_a_retyped_column_is_told_with_both_its_types(bench: Bench, pack: Pack) -> None:
    bench.sql("ALTER TABLE orders ALTER COLUMN code TYPE text")
    bench.sql("INSERT INTO orders VALUES (2, 'twenty', 2.00)")
    bench.pump()
    ((told, done),) = report(bench, pack)
    assert told == ("code", "retyped", "int64", "string")
    assert "capture of the table stopped" in done
    captured_anew(bench)
    assert report(bench, pack) == [(("code", "retyped", "int64", "string"), "passed on")]


def test_another_key_is_told(bench: Bench, pack: Pack) -> None:
    bench.sql("ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY (id, code)")
    bench.sql("INSERT INTO orders VALUES (2, 20, 2.00)")
    bench.pump()
    assert report(bench, pack)[0][0] == (None, "rekeyed", "id", "id, code")


def test_a_table_that_is_gone_is_told(bench: Bench, pack: Pack) -> None:
    bench.sql("DROP TABLE orders")
    bench.sql("INSERT INTO other VALUES (1)")
    bench.pump()
    assert report(bench, pack)[0][0] == (None, "gone", None, None)
