"""Which order keys a transaction touches: old values and new, wherever the row leads."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from aethermart.core.entries import Batch, Truncate
from aethermart.sinks.mirror import touching
from aethermart.sinks.mirror.touched import Route, Touched
from tests.log.made import (
    ITEMS_TABLE,
    ORDERS,
    ORDERS_TABLE,
    SHOP,
    Change,
    columns,
    items,
    logged,
    orders,
    rows,
    schema_of,
)
from tests.sinks.mirror.lake import ROUTES, Lake, begin, end

CUSTOMERS = columns(customer=pa.string(), country=pa.string())
CUSTOMERS_TABLE = schema_of("customers", CUSTOMERS)
NOTES = columns(note_id=pa.int64())
NOTES_TABLE = schema_of("notes", NOTES)
# The status stands in for the customer: each order of status X is "of customer X".
VIA = Route("customer", via="orders", via_column="status", key="order_id")
ALL = (ORDERS_TABLE, ITEMS_TABLE, CUSTOMERS_TABLE, NOTES_TABLE)


def customers(*changes: Change) -> Batch:
    return Batch("customers", rows(CUSTOMERS, changes))


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    """Orders 1 and 2 of customer ann, 3 of bob; items 10 of order 1 and 30 of order 3."""
    opened = Lake(tmp_path, routes={**ROUTES, (SHOP, "customers"): VIA})
    start = orders(
        ("c", 1, (1, "ann", "1.00")), ("c", 2, (2, "ann", "2.00")), ("c", 3, (3, "bob", "3.00"))
    )
    lines = items(("c", 4, (10, 1, "tea")), ("c", 5, (30, 3, "jam")))
    people = customers(("c", 6, ("ann", "DE")), ("c", 7, ("bob", "FR")), ("c", 8, ("cy", "IT")))
    opened.apply(logged(1, [start, lines, people], ALL))
    opened.told.clear()
    yield opened
    opened.engine.close()


@pytest.mark.parametrize(
    "parts, keys",
    [
        ([orders(("c", 1, (9, "bob", "1.00")))], ("9",)),
        ([orders(("u", 1, (1, "bob", "1.00")), ("d", 2, (3, None, None)))], ("1", "3")),
        ([items(("u", 1, (10, 2, "tea")))], ("1", "2")),
        ([items(("d", 1, (10, None, None)))], ("1",)),
        ([items(("c", 1, (11, None, "loose")))], ()),
        ([customers(("u", 1, ("ann", "AT")))], ("1", "2")),
        ([customers(("u", 1, ("cy", "AT")))], ()),
        ([customers(("d", 1, ("bob", None)))], ("3",)),
        (
            [customers(("u", 1, ("bob", "AT"))), orders(("c", 2, (4, "bob", "4.00")))],
            ("3", "4"),
        ),
        (
            [customers(("u", 1, ("bob", "AT"))), orders(("u", 2, (3, "ann", "3.00")))],
            ("3",),
        ),
        ([Batch("notes", rows(NOTES, [("c", 1, (1,))]))], ()),
        ([orders(("c", 1, (8, "ann", "1.00")), ("d", 2, (8, None, None)))], ("8",)),
    ],
    ids=[
        "an order added",
        "an order changed, another deleted",
        "an item moved to another order",
        "an item deleted by its key alone",
        "an item of no order",
        "a customer of two orders",
        "a customer of none",
        "a customer deleted",
        "a customer and an order that becomes theirs",
        "a customer and an order that was theirs",
        "a table without a route",
        "an order that came and went",
    ],
)
def test_the_keys_touched_are(lake: Lake, parts: list[Batch], keys: tuple[str, ...]) -> None:
    lake.apply(logged(2, parts))
    assert lake.told == [Touched(whole=False, keys=keys)]


def test_every_order_that_a_row_passed_through_is_touched(lake: Lake) -> None:
    """Though only the newest value is written: the older ones were shown by nobody, but may be."""
    lake.apply(
        logged(2, [items(("u", 1, (10, 2, "tea")))]),
        logged(3, [items(("u", 1, (10, 3, "tea")))]),
        logged(4, [items(("u", 1, (10, 7, "tea")))]),
    )
    assert lake.told == [Touched(whole=False, keys=("1", "2", "3", "7"))]


def test_the_tables_whose_rows_changed_are_told_with_or_without_a_route(lake: Lake) -> None:
    lake.apply(
        logged(2, [items(("u", 1, (10, 2, "tea"))), Batch("notes", rows(NOTES, [("d", 1, (1,))]))])
    )
    lake.apply(logged(3, [orders(("u", 1, (1, "cy", "1.00")))]))
    assert [touched.tables for touched in lake.told] == [("items", "notes"), ("orders",)]


def test_a_truncate_and_a_snapshots_end_touch_the_whole_shop(lake: Lake) -> None:
    lake.apply(logged(2, [items(("c", 3, (40, 2, "nut")))], [Truncate("notes", 1)]))
    lake.apply(logged(3, controls=begin("notes")))
    lake.apply(logged(4, [Batch("notes", rows(NOTES, [("r", 1, (1,))]))]))
    lake.apply(logged(5, controls=end("notes")))
    assert lake.told == [Touched(whole=True), Touched(whole=True)]


def test_nothing_is_told_where_no_row_changed(lake: Lake) -> None:
    lake.apply(logged(2))
    lake.apply(logged(3, controls=[ORDERS_TABLE]))
    lake.apply(logged(4, [orders()]))
    assert lake.told in ([], [Touched(whole=False)])


def test_rows_that_a_snapshot_reads_touch_nothing_until_its_end(lake: Lake) -> None:
    lake.apply(logged(2, controls=begin("orders")))
    lake.apply(logged(3, [orders(("r", 1, (5, "ann", "5.00")))]))
    assert lake.told == []
    lake.apply(logged(4, [orders(("u", 1, (1, "cy", "1.00")))]))
    assert lake.told == [Touched(whole=False, keys=("1",))]


def test_a_stopped_table_touches_nothing(lake: Lake) -> None:
    lake.faults["items"] = "wrong"
    lake.apply(logged(2, [items(("d", 1, (10, None, None)))], [ITEMS_TABLE]))
    assert lake.told == []


def test_very_many_keys_are_the_whole_shop(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touching, "_KEYS_LIMIT", 3)
    many = [("c", n, (100 + n, "ann", Decimal(1))) for n in range(4)]
    lake.apply(logged(2, [Batch("orders", rows(ORDERS, many[:3]))]))
    lake.apply(logged(3, [Batch("orders", rows(ORDERS, many))]))
    lake.apply(logged(4, [customers(("u", 1, ("ann", "CH")))]))
    assert lake.told == [
        Touched(whole=False, keys=("100", "101", "102")),
        Touched(whole=True),
        Touched(whole=True),
    ]


def test_a_route_through_a_table_that_was_never_captured_touches_nothing(tmp_path: Path) -> None:
    lake = Lake(tmp_path, routes={(SHOP, "customers"): VIA})
    try:
        lake.apply(logged(1, [customers(("c", 1, ("ann", "DE")))], [CUSTOMERS_TABLE]))
        assert lake.told == [Touched(whole=False)]
    finally:
        lake.engine.close()
