"""A snapshot's rows stand in the table's place at its end, not before, and never in part."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from aethermart.core.entries import Batch, TableSchema, Truncate
from aethermart.sinks.mirror.shop_tables import UnknownTable
from tests.log.made import (
    ITEMS_TABLE,
    ORDERS,
    ORDERS_TABLE,
    SHOP,
    columns,
    items,
    logged,
    orders,
    rows,
    schema_of,
)
from tests.sinks.mirror.lake import BOTH, Lake, begin, end, minutes


@pytest.fixture
def live(lake: Lake) -> Lake:
    """Two orders and one item, at offset 1."""
    made = [orders(("c", 1, (1, "PAID", "1.00")), ("c", 2, (2, "PAID", "2.00")))]
    lake.apply(logged(1, [*made, items(("c", 3, (10, 1, "tea")))], BOTH))
    return lake


def test_a_snapshot_shows_at_its_end_and_not_before(live: Lake) -> None:
    before = live.orders()
    live.apply(logged(2, controls=begin("orders", schemas=[ORDERS_TABLE])))
    live.apply(logged(3, [orders(("r", 1, (7, "NEW", "7.00")))]))
    live.reopen()
    live.apply(logged(4, [orders(("r", 2, (8, "NEW", "8.00")))]))
    assert live.orders() == before
    assert live.mirror.applied(SHOP) == 4
    assert live.mirror.as_of(SHOP) == minutes(1)  # nothing newer can be seen yet
    live.apply(logged(5, controls=end("orders")))
    assert live.orders() == [(7, "NEW", "7.00"), (8, "NEW", "8.00")]
    assert live.items() == [(10, 1, "tea")]
    assert live.mirror.as_of(SHOP) == minutes(5)
    assert live.mirror.reflects(SHOP).committed_at == minutes(1) - timedelta(seconds=1)
    assert live.tables() == ["corner_shop__items", "corner_shop__orders"]


def test_a_snapshot_in_one_transaction_is_the_same(live: Lake) -> None:
    live.apply(
        logged(2, controls=begin("orders", "items", schemas=BOTH)),
        logged(3, [orders(("r", 1, (7, "NEW", "7.00")))]),
        logged(4, [items(("r", 1, (70, 7, "jam")), ("r", 2, (71, 7, "nut")))]),
        logged(5, controls=end("orders", "items")),
    )
    assert live.orders() == [(7, "NEW", "7.00")]
    assert live.items() == [(70, 7, "jam"), (71, 7, "nut")]
    assert live.rows("SELECT DISTINCT _offset FROM mirror.corner_shop__items") == [(4,)]


def test_one_entry_may_hold_a_whole_snapshot(live: Lake) -> None:
    whole = [*begin("orders"), *end("orders")]
    live.apply(logged(2, [orders(("r", 1, (7, "NEW", "7.00")))], whole))
    assert live.orders() == [(7, "NEW", "7.00")]


def test_an_empty_snapshot_empties_the_table(live: Lake) -> None:
    live.apply(logged(2, controls=begin("orders")), logged(3, controls=end("orders")))
    assert live.orders() == []
    assert live.items() == [(10, 1, "tea")]


def test_a_snapshot_in_chunks_with_changes_after_it(live: Lake) -> None:
    read = rows(ORDERS, [("r", n, (n, "NEW", Decimal(n))) for n in range(100)])
    chunk = live.chunks.write("e", "orders", read)
    live.apply(
        logged(2, controls=begin("orders")),
        logged(3, [chunk]),
        logged(4, controls=end("orders")),
        logged(5, [orders(("u", 1, (5, "PAID", "5.00")), ("d", 2, (6, None, None)))]),
    )
    assert len(live.orders()) == 99
    assert live.orders()[5:7] == [(5, "PAID", "5.00"), (7, "NEW", "7.00")]


def test_a_snapshot_begun_anew_forgets_what_the_first_one_read(live: Lake) -> None:
    live.apply(
        logged(2, controls=begin("orders", name="first")),
        logged(3, [orders(("r", 1, (7, "NEW", "7.00")), ("r", 2, (8, "NEW", "8.00")))]),
        logged(4, controls=begin("orders", name="second")),
        logged(5, [orders(("r", 1, (8, "PAID", "8.00")))]),
        logged(6, controls=end("orders", name="second")),
    )
    assert live.orders() == [(8, "PAID", "8.00")]


def test_a_table_that_the_new_snapshot_leaves_out_keeps_its_rows_and_holds_nothing_up(
    live: Lake,
) -> None:
    live.apply(
        logged(2, controls=begin("orders", "items", name="first")),
        logged(3, [items(("r", 1, (99, 9, "half")))]),
        logged(4, controls=begin("orders", name="second")),
        logged(5, [orders(("r", 1, (7, "NEW", "7.00")))]),
        logged(6, controls=end("orders", name="second")),
    )
    assert live.items() == [(10, 1, "tea")]
    assert live.mirror.as_of(SHOP) == minutes(6)
    assert live.tables() == ["corner_shop__items", "corner_shop__orders"]
    live.apply(logged(7, [items(("c", 1, (11, 1, "jam")))]))
    assert live.items() == [(10, 1, "tea"), (11, 1, "jam")]


def test_a_table_that_the_end_leaves_out_keeps_its_rows_and_holds_nothing_up(live: Lake) -> None:
    """A value of it could not be read."""
    live.apply(
        logged(2, controls=begin("orders", "items")),
        logged(3, [orders(("r", 1, (7, "NEW", "7.00"))), items(("r", 1, (99, 9, "half")))]),
        logged(4, controls=end("orders")),
        logged(5, [items(("c", 1, (11, 1, "jam")))]),
    )
    assert live.orders() == [(7, "NEW", "7.00")]
    assert live.items() == [(10, 1, "tea"), (11, 1, "jam")]
    assert live.mirror.as_of(SHOP) == minutes(5)
    assert live.tables() == ["corner_shop__items", "corner_shop__orders"]


def test_changes_beside_an_open_snapshot_go_into_the_table(live: Lake) -> None:
    """The capture died in the middle: before it reads anew, it sends what happened meanwhile."""
    live.apply(
        logged(2, controls=begin("orders", name="first")),
        logged(3, [orders(("r", 1, (7, "NEW", "7.00")))]),
        logged(
            4,
            [orders(("u", 5, (1, "SHIPPED", "1.00"))), items(("c", 6, (11, 1, "jam")))],
        ),
    )
    assert live.orders() == [(1, "SHIPPED", "1.00"), (2, "PAID", "2.00")]
    assert live.items() == [(10, 1, "tea"), (11, 1, "jam")]
    live.apply(logged(5, [orders(("c", 9, (3, "NEW", "3.00")))], [Truncate("orders", 8)]))
    assert live.orders() == [(3, "NEW", "3.00")]
    live.apply(
        logged(6, controls=begin("orders", name="second")),
        logged(7, [orders(("r", 1, (4, "NEW", "4.00")))]),
        logged(8, controls=end("orders", name="second")),
    )
    assert live.orders() == [(4, "NEW", "4.00")]


def test_a_column_of_another_type_comes_with_a_snapshot(live: Lake) -> None:
    texts = columns(order_id=pa.int64(), status=pa.string(), total=pa.string())
    changed = schema_of("orders", texts)
    live.apply(logged(2, controls=begin("orders", schemas=[changed])))
    assert live.orders()[0] == (1, "PAID", "1.00")
    live.apply(
        logged(3, [Batch("orders", rows(texts, [("r", 1, (7, "NEW", "ask us"))]))]),
        logged(4, controls=end("orders")),
        logged(5, [Batch("orders", rows(texts, [("u", 1, (7, "NEW", "gratis"))]))]),
    )
    assert live.orders() == [(7, "NEW", "gratis")]
    assert live.stopped_tables() == []


@pytest.mark.promise("92")
def test_a_column_of_another_type_without_a_snapshot_stops_the_table(live: Lake) -> None:
    texts = columns(order_id=pa.int64(), status=pa.string(), total=pa.string())
    batch = Batch("orders", rows(texts, [("c", 1, (7, "NEW", "ask us"))]))
    live.apply(logged(2, [batch, items(("c", 2, (11, 1, "jam")))], [schema_of("orders", texts)]))
    assert live.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00")]
    assert live.items() == [(10, 1, "tea"), (11, 1, "jam")]
    why = "total was DECIMAL(12,2) and is VARCHAR now: the table waits for a snapshot"
    assert live.stopped_tables() == [(SHOP, "orders", why)]


def test_types_that_changed_since_do_not_stop_a_replay(live: Lake) -> None:
    texts = columns(order_id=pa.int64(), status=pa.string(), total=pa.string())
    later = [
        logged(2, controls=begin("orders", schemas=[schema_of("orders", texts)])),
        logged(3, [Batch("orders", rows(texts, [("r", 1, (7, "NEW", "ask us"))]))]),
        logged(4, controls=end("orders")),
    ]
    live.apply(*later)
    state = live.everything()
    live.mirror.reset(SHOP)
    made = [orders(("c", 1, (1, "PAID", "1.00")), ("c", 2, (2, "PAID", "2.00")))]
    live.apply(logged(1, [*made, items(("c", 3, (10, 1, "tea")))], BOTH))
    assert live.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00")]
    live.apply(*later)
    assert live.everything() == state


def test_a_column_that_the_shop_dropped_goes_with_a_snapshot(live: Lake) -> None:
    fewer = columns(order_id=pa.int64(), status=pa.string())
    live.apply(
        logged(2, controls=begin("orders", schemas=[schema_of("orders", fewer)])),
        logged(3, [Batch("orders", rows(fewer, [("r", 1, (7, "NEW"))]))]),
        logged(4, controls=end("orders")),
        logged(5, [Batch("orders", rows(fewer, [("c", 1, (8, "NEW"))]))]),
    )
    found = live.rows("SELECT * EXCLUDE (_position, _committed_at) FROM mirror.corner_shop__orders")
    assert sorted(found) == [(7, "NEW", 3), (8, "NEW", 5)]


def test_a_column_added_beside_an_open_snapshot_is_in_both(live: Lake) -> None:
    wider = ORDERS.append(pa.field("note", pa.string()))
    live.apply(
        logged(2, controls=begin("orders")),
        logged(3, [orders(("r", 1, (7, "NEW", "7.00")))]),
        logged(4, controls=[schema_of("orders", wider)]),
        logged(5, [Batch("orders", rows(wider, [("r", 2, (8, "NEW", None, "fragile"))]))]),
        logged(6, controls=end("orders")),
        logged(7, [Batch("orders", rows(wider, [("c", 1, (9, "NEW", None, "blue"))]))]),
    )
    found = live.rows("SELECT order_id, note FROM mirror.corner_shop__orders ORDER BY 1")
    assert found == [(7, None), (8, "fragile"), (9, "blue")]


def test_a_snapshot_of_a_table_never_announced_is_refused(live: Lake) -> None:
    with pytest.raises(UnknownTable, match=r"corner_shop\.returns"):
        live.apply(logged(2, controls=begin("returns")))


def test_an_end_without_a_beginning_changes_nothing(live: Lake) -> None:
    live.apply(logged(2, controls=end("orders", "returns")))
    assert live.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00")]


GATE = "orders.total is text (expected decimal(12,2))"


def test_the_gate_stops_a_table_and_the_others_go_on(live: Lake) -> None:
    live.faults["orders"] = GATE
    live.apply(
        logged(2, [orders(("c", 1, (3, "NEW", "3.00"))), items(("c", 2, (11, 1, "jam")))], BOTH),
        logged(3, [orders(("d", 3, (1, None, None)))], [Truncate("orders", 1)]),
        logged(4, [items(("c", 2, (12, 1, "nut")))]),
    )
    assert live.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00")]
    assert [key for key, *_ in live.items()] == [10, 11, 12]
    assert live.stopped_tables() == [(SHOP, "orders", GATE)]
    assert live.mirror.as_of(SHOP) == minutes(4)
    live.reopen()
    live.apply(logged(5, [orders(("c", 1, (4, "NEW", "4.00")))]))
    assert live.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00")]


def test_a_stopped_table_comes_back_by_a_snapshot_and_by_nothing_less(live: Lake) -> None:
    """It lacks the rows that went by: to go on from there would show a state that never was."""
    live.faults["orders"] = GATE
    live.apply(logged(2, [orders(("c", 1, (3, "NEW", "3.00")))], [ORDERS_TABLE]))
    live.faults.clear()
    live.apply(logged(3, [orders(("c", 1, (4, "NEW", "4.00")))], [ORDERS_TABLE]))
    assert live.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00")]
    assert live.stopped_tables() == [(SHOP, "orders", GATE)]
    live.apply(
        logged(4, controls=begin("orders", schemas=[ORDERS_TABLE])),
        logged(5, [orders(("r", 1, (3, "NEW", "1.00")), ("r", 2, (4, "NEW", "1.00")))]),
    )
    assert live.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00")]
    assert live.stopped_tables() == [(SHOP, "orders", GATE)]
    live.apply(logged(6, controls=end("orders")), logged(7, [orders(("c", 1, (5, "NEW", "1.00")))]))
    assert [key for key, *_ in live.orders()] == [3, 4, 5]
    assert live.stopped_tables() == []


def test_the_gate_keeps_a_snapshot_out_and_what_an_older_one_left(live: Lake) -> None:
    live.apply(
        logged(2, controls=begin("orders", "items", schemas=BOTH, name="first")),
        logged(3, [orders(("r", 1, (7, "NEW", "7.00")))]),
    )
    live.faults["orders"] = GATE
    live.apply(
        logged(4, controls=begin("orders", "items", schemas=BOTH, name="second")),
        logged(5, [orders(("r", 1, (8, "NEW", "8.00"))), items(("r", 1, (80, 8, "jam")))]),
        logged(6, controls=end("orders", "items", name="second")),
    )
    assert live.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00")]
    assert live.items() == [(80, 8, "jam")]
    assert live.stopped_tables() == [(SHOP, "orders", GATE)]
    assert live.mirror.as_of(SHOP) == minutes(6)


def test_a_table_stopped_in_the_middle_of_its_snapshot_keeps_its_rows(live: Lake) -> None:
    live.apply(
        logged(2, controls=begin("orders")), logged(3, [orders(("r", 1, (7, "NEW", "7.00")))])
    )
    live.faults["orders"] = GATE
    live.apply(logged(4, controls=[ORDERS_TABLE]), logged(5, controls=end("orders")))
    assert live.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00")]
    assert live.mirror.as_of(SHOP) == minutes(5)


def test_a_table_refused_from_the_first_is_not_there_and_may_be_reset(lake: Lake) -> None:
    lake.faults["orders"] = GATE
    lake.apply(
        logged(1, controls=begin("orders", "items", schemas=BOTH)),
        logged(2, [orders(("r", 1, (1, "PAID", "1.00"))), items(("r", 2, (10, 1, "tea")))]),
        logged(3, controls=end("orders", "items")),
    )
    assert lake.tables() == ["corner_shop__items"]
    lake.mirror.reset(SHOP)
    assert lake.stopped_tables() == []


@pytest.mark.parametrize(
    "schema, why",
    [
        (
            TableSchema("orders", ORDERS_TABLE.columns, ()),
            "orders has no key",
        ),
        (
            schema_of("orders", columns(order_id=pa.int32())),
            "order_id is int32, which the mirror cannot hold",
        ),
        (
            schema_of("orders", columns(id=pa.int64(), ID=pa.string())),
            "more than one column would be named id, capitals aside",
        ),
        (
            schema_of("orders", columns(id=pa.int64(), _Offset=pa.string())),
            "more than one column would be named _offset, capitals aside",
        ),
    ],
    ids=["no key", "type", "names", "our name"],
)
def test_a_table_that_the_mirror_cannot_hold_stops_alone(
    lake: Lake, schema: TableSchema, why: str
) -> None:
    lake.apply(
        logged(1, controls=begin("orders", "items", schemas=[schema, ITEMS_TABLE])),
        logged(2, [orders(("r", 1, (1, "PAID", "1.00"))), items(("r", 2, (10, 1, "tea")))]),
        logged(3, controls=end("orders", "items")),
    )
    assert lake.items() == [(10, 1, "tea")]
    assert lake.stopped_tables() == [(SHOP, "orders", why)]
