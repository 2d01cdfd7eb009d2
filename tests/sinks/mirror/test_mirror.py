"""What the mirror shows after entries: rows, offsets, times, and nothing of a failed attempt."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest

from aethermart.core import tracing
from aethermart.core.entries import Batch, Column, Heartbeat, TableSchema, Truncate
from aethermart.log.chunks import CorruptChunk
from aethermart.sinks.mirror.mirror import Reflected
from aethermart.sinks.mirror.rows import UnfitRows
from aethermart.sinks.mirror.shop_tables import UnknownTable
from aethermart.sinks.mirror.touched import Touched
from aethermart.sinks.mirror.transaction import MissingEntry
from tests.log.made import (
    NOON,
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
from tests.sinks.mirror.lake import APPLIED_AT, BOTH, Lake, minutes
from tests.spans import kept_spans


def test_an_empty_mirror_reflects_nothing(lake: Lake) -> None:
    assert lake.mirror.applied(SHOP) == 0
    assert lake.mirror.as_of(SHOP) is None
    assert lake.mirror.reflects(SHOP) == Reflected(0, None, None)
    assert lake.stopped_tables() == []
    lake.apply()
    assert lake.told == []


def test_rows_stand_with_their_types_and_where_they_came_from(lake: Lake) -> None:
    lake.apply(
        logged(1, [orders(("c", 40, (7, "PAID", "9.90")))], BOTH),
        logged(2, [orders(("c", 41, (8, None, None))), items(("c", 42, (70, 7, "tea")))]),
    )
    at = NOON + timedelta(seconds=40)
    assert lake.rows("SELECT * FROM mirror.corner_shop__orders ORDER BY order_id") == [
        (7, "PAID", Decimal("9.90"), 40, at, 1),
        (8, None, None, 41, at + timedelta(seconds=1), 2),
    ]
    described = lake.rows("DESCRIBE mirror.corner_shop__orders")
    assert [(name, kind) for name, kind, *_ in described] == [
        ("order_id", "BIGINT"),
        ("status", "VARCHAR"),
        ("total", "DECIMAL(12,2)"),
        ("_position", "BIGINT"),
        ("_committed_at", "TIMESTAMP WITH TIME ZONE"),
        ("_offset", "BIGINT"),
    ]
    assert lake.items() == [(70, 7, "tea")]


def test_every_type_that_a_source_may_send_is_kept_exactly(lake: Lake) -> None:
    fields = columns(
        id=pa.string(),
        yes=pa.bool_(),
        ratio=pa.float64(),
        day=pa.date32(),
        at=pa.timestamp("us", tz="UTC"),
        time=pa.time64("us"),
        raw=pa.binary(),
        wide=pa.decimal128(38, 9),
    )
    values = (
        "ä'\"",
        True,
        0.1,
        NOON.date(),
        NOON + timedelta(microseconds=1),
        NOON.time(),
        b"\x00\xff",
        Decimal("12345678901234567890123456789.123456789"),
    )
    nothing = ("none", None, None, None, None, None, None, None)
    batch = Batch("kinds", rows(fields, [("c", 1, values), ("c", 2, nothing)]))
    lake.apply(logged(1, [batch], [schema_of("kinds", fields)]))
    found = lake.rows(
        "SELECT * EXCLUDE (_position, _committed_at, _offset) FROM mirror.corner_shop__kinds"
        " ORDER BY _position"
    )
    assert found == [values, nothing]


def test_the_newest_change_of_a_key_stands(lake: Lake) -> None:
    """Within an entry by position, however its rows are ordered; across entries by offset."""
    lake.apply(
        logged(
            1,
            [
                orders(("u", 12, (1, "SHIPPED", "1.00")), ("c", 10, (1, "PENDING", "1.00"))),
                orders(("u", 11, (1, "PAID", "1.00")), ("c", 13, (2, "PENDING", "2.00"))),
            ],
            BOTH,
        ),
        logged(2, [orders(("u", 3, (2, "PAID", "2.50")))]),
        logged(3, [orders(("c", 1, (3, "PENDING", "3.00")), ("d", 2, (3, None, None)))]),
    )
    assert lake.orders() == [(1, "SHIPPED", "1.00"), (2, "PAID", "2.50")]


def test_one_by_one_or_all_at_once_is_the_same(lake: Lake) -> None:
    entries = [
        logged(1, [orders(("c", 1, (1, "PENDING", "1.00")), ("c", 2, (2, "PAID", "2.00")))], BOTH),
        logged(2, [orders(("u", 3, (1, "PAID", "1.00"))), items(("c", 4, (10, 1, "tea")))]),
        logged(3, [orders(("d", 5, (2, "PAID", "2.00")))]),
        logged(4, [orders(("c", 6, (2, "PENDING", "2.20"))), items(("d", 7, (10, 1, "tea")))]),
        logged(5, [items(("c", 8, (11, 2, "jam")), ("c", 9, (12, 2, "nut")))]),
    ]
    for entry in entries:
        lake.apply(entry)
    singly = lake.everything()
    assert lake.orders() == [(1, "PAID", "1.00"), (2, "PENDING", "2.20")]
    assert lake.items() == [(11, 2, "jam"), (12, 2, "nut")]
    lake.mirror.reset(SHOP)
    lake.apply(*entries)
    assert lake.everything() == singly


def test_a_key_that_moved_stands_under_its_new_value(lake: Lake) -> None:
    lake.apply(logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH))
    moved = orders(("d", 2, (1, "PAID", "1.00")), ("u", 3, (5, "PAID", "1.00")))
    back = orders(("d", 4, (5, "PAID", "1.00")), ("u", 5, (1, "PAID", "1.00")))
    lake.apply(logged(2, [moved]))
    assert lake.orders() == [(5, "PAID", "1.00")]
    lake.apply(logged(3, [back]))
    assert lake.orders() == [(1, "PAID", "1.00")]


def test_a_key_of_several_columns_is_one_key(lake: Lake) -> None:
    fields = columns(place=pa.string(), sku=pa.string(), quantity=pa.int64())
    stock = schema_of("stock", fields, ["place", "sku"])
    batch = rows(fields, [("c", n, ("a", f"s{n}", n)) for n in range(3)])
    lake.apply(logged(1, [Batch("stock", batch)], [stock]))
    change = rows(fields, [("u", 5, ("a", "s1", 50)), ("d", 6, ("a", "s2", None))])
    lake.apply(logged(2, [Batch("stock", change)]))
    found = lake.rows("SELECT place, sku, quantity FROM mirror.corner_shop__stock ORDER BY sku")
    assert found == [("a", "s0", 0), ("a", "s1", 50)]


def test_awkward_names_are_names(lake: Lake) -> None:
    awkward: dict[str, pa.DataType] = {"select": pa.int64(), 'a "b"; --': pa.string()}
    fields = columns(**awkward)
    table = "Order Items'"
    batch = Batch(table, rows(fields, [("c", 1, (1, "x")), ("u", 2, (1, "y"))]))
    lake.apply(logged(1, [batch], [schema_of(table, fields)]))
    assert lake.rows(
        """SELECT "select", "a ""b""; --" FROM mirror."corner_shop__Order Items'" """
    ) == [(1, "y")]
    lake.mirror.reset(SHOP)
    assert lake.mirror.applied(SHOP) == 0


def test_only_rows_past_the_truncate_remain(lake: Lake) -> None:
    lake.apply(
        logged(1, [orders(("c", 1, (1, "PAID", "1.00")), ("c", 2, (2, "PAID", "2.00")))], BOTH)
    )
    lake.apply(
        logged(
            2,
            [
                orders(("c", 10, (3, "PAID", "3.00")), ("u", 11, (1, "SHIPPED", "1.00"))),
                orders(("c", 13, (4, "PAID", "4.00")), ("c", 15, (3, "NEW", "3.30"))),
                items(("c", 16, (30, 3, "tea"))),
            ],
            [Truncate("orders", 12), Truncate("orders", 14)],
        )
    )
    assert lake.orders() == [(3, "NEW", "3.30")]
    assert lake.items() == [(30, 3, "tea")]
    lake.apply(logged(3, controls=[Truncate("orders", 1)]))
    assert lake.orders() == []
    assert lake.items() == [(30, 3, "tea")]


def test_an_added_column_is_null_in_older_rows(lake: Lake) -> None:
    lake.apply(
        logged(1, [orders(("c", 1, (1, "PAID", "1.00")), ("c", 2, (2, "PAID", "2.00")))], BOTH)
    )
    wider = ORDERS.append(pa.field("note", pa.string()))
    batch = Batch("orders", rows(wider, [("u", 3, (2, "PAID", Decimal(2), "fragile"))]))
    lake.apply(
        logged(2, [orders(("c", 2, (3, "NEW", "3.00")))]),
        logged(3, [batch], [schema_of("orders", wider)]),
    )
    found = lake.rows("SELECT order_id, note FROM mirror.corner_shop__orders ORDER BY 1")
    assert found == [(1, None), (2, "fragile"), (3, None)]


def test_the_times_are_those_of_the_newest_entry(lake: Lake) -> None:
    lake.apply(logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH))
    first = minutes(1) - timedelta(seconds=1)
    assert lake.mirror.reflects(SHOP) == Reflected(1, minutes(1), first)
    lake.apply(logged(2), logged(3, controls=[Heartbeat()]))
    assert lake.mirror.reflects(SHOP) == Reflected(3, minutes(3), first)
    assert lake.rows("SELECT * FROM mirror._offsets") == [(SHOP, 3, minutes(3), first, APPLIED_AT)]
    assert lake.mirror.as_of(SHOP) == minutes(3)


def test_a_second_delivery_changes_nothing(lake: Lake) -> None:
    entries = [
        logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH),
        logged(2, [orders(("u", 2, (1, "SHIPPED", "1.00")))]),
    ]
    lake.apply(*entries)
    before, told = lake.everything(), list(lake.told)
    lake.apply(*entries)
    lake.apply(entries[0])
    assert lake.everything() == before
    assert lake.told == told
    lake.apply(*entries, logged(3, [orders(("c", 3, (2, "NEW", "2.00")))]))
    assert lake.orders() == [(1, "SHIPPED", "1.00"), (2, "NEW", "2.00")]
    assert lake.told[len(told) :] == [Touched(whole=False, keys=("2",))]


@pytest.mark.parametrize("offsets", [[3], [2, 4], [2, 3, 3]])
def test_a_missing_entry_is_refused_and_nothing_of_the_others_stays(
    lake: Lake, offsets: list[int]
) -> None:
    lake.apply(logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH))
    before = lake.everything()
    with pytest.raises(MissingEntry, match="does not follow entry"):
        lake.apply(*(logged(n, [orders(("c", n, (n, "NEW", "1.00")))]) for n in offsets))
    assert lake.everything() == before


def test_the_callback_sees_the_rows_before_the_offset_moves_and_shares_their_fate(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.apply(logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH))
    seen = []

    def look(connection: duckdb.DuckDBPyConnection, touched: object) -> None:
        connection.execute(
            "CREATE TABLE kept AS SELECT count(*) AS n FROM mirror.corner_shop__orders"
        )
        seen.append(
            connection.execute(
                "SELECT n, (SELECT log_offset FROM mirror._offsets) FROM kept"
            ).fetchone()
        )
        assert lake.mirror.applied(SHOP) == 1  # a reader beside sees neither
        assert len(lake.orders()) == 1
        raise ZeroDivisionError

    monkeypatch.setattr(lake.mirror, "_on_applied", look)
    before = lake.everything()
    second = logged(2, [orders(("c", 2, (2, "PAID", "2.00")))])
    with pytest.raises(ZeroDivisionError):
        lake.apply(second)
    assert seen == [(2, 1)]
    assert lake.everything() == before
    with pytest.raises(duckdb.CatalogException):
        lake.rows("FROM kept")
    monkeypatch.undo()
    lake.apply(second)
    assert [key for key, *_ in lake.orders()] == [1, 2]


def test_two_shops_with_the_same_tables_do_not_meet(lake: Lake) -> None:
    lake.apply(logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH))
    lake.apply(logged(1, [orders(("c", 1, (1, "NEW", "9.00")))], BOTH, shop="north"))
    lake.apply(logged(2, controls=[Truncate("orders", 0)], shop="north"))
    assert (lake.mirror.applied(SHOP), lake.mirror.applied("north")) == (1, 2)
    assert lake.orders() == [(1, "PAID", "1.00")]
    assert lake.orders("north") == []
    lake.mirror.reset(SHOP)
    assert (lake.mirror.applied(SHOP), lake.mirror.applied("north")) == (0, 2)


def test_a_restart_goes_on_where_it_was(lake: Lake) -> None:
    lake.apply(logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH))
    lake.reopen()
    assert lake.mirror.applied(SHOP) == 1
    lake.apply(logged(2, [orders(("c", 2, (2, "NEW", "2.00")))]))
    assert [key for key, *_ in lake.orders()] == [1, 2]


def test_rows_in_chunks_are_rows(lake: Lake) -> None:
    """Alone, beside batches of the same table, in a folder named like a partition."""
    first = lake.chunks.write(
        "e", "orders", rows(ORDERS, [("c", n, (n, "NEW", Decimal(n))) for n in range(1, 5)], "e")
    )
    second = lake.chunks.write(
        "e", "orders", rows(ORDERS, [("u", 9, (2, "PAID", Decimal(2))), ("d", 10, (3, None, None))])
    )
    lake.apply(logged(1, [first], BOTH))
    assert [(key, status) for key, status, _ in lake.orders()] == [
        (1, "NEW"),
        (2, "NEW"),
        (3, "NEW"),
        (4, "NEW"),
    ]
    lake.apply(
        logged(2, [second, orders(("u", 11, (4, "PAID", "4.00")))]),
        logged(3, [orders(("u", 1, (1, "PAID", "1.00")))]),
    )
    assert lake.orders() == [(1, "PAID", "1.00"), (2, "PAID", "2.00"), (4, "PAID", "4.00")]
    assert lake.told[1] == Touched(whole=False, keys=("1", "2", "3", "4"))


def test_a_chunk_with_a_flipped_byte_leaves_the_mirror_as_it_was(lake: Lake) -> None:
    lake.apply(logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH))
    written = rows(ORDERS, [("c", n, (n, "NEW", Decimal(n))) for n in range(2, 500)])
    chunk = lake.chunks.write("e", "orders", written)
    path = lake.chunks.path(chunk)
    sound = path.read_bytes()
    path.write_bytes(sound[:100] + bytes([sound[100] ^ 1]) + sound[101:])
    before = lake.everything()
    unfit = logged(3, [chunk])
    with pytest.raises(CorruptChunk, match="a chunk of orders cannot be trusted"):
        lake.apply(logged(2, [orders(("u", 2, (1, "SHIPPED", "1.00")))]), unfit)
    assert lake.everything() == before
    path.write_bytes(sound)
    lake.apply(logged(2, [orders(("u", 2, (1, "SHIPPED", "1.00")))]), unfit)
    assert len(lake.orders()) == 499


def test_rows_of_a_table_never_announced_are_refused(lake: Lake) -> None:
    lake.apply(logged(1, controls=[ORDERS_TABLE]))
    before = lake.everything()
    with pytest.raises(UnknownTable, match=r"corner_shop\.items: rows came before"):
        lake.apply(logged(2, [items(("c", 1, (1, 1, "tea")))]))
    with pytest.raises(UnknownTable):
        lake.apply(logged(2, controls=[Truncate("items", 1)]))
    assert lake.everything() == before


@pytest.mark.parametrize("in_chunk", [False, True])
def test_rows_that_do_not_fit_are_refused_and_the_next_entry_still_works(
    lake: Lake, *, in_chunk: bool
) -> None:
    lake.apply(logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH))
    before = lake.everything()
    texts = columns(order_id=pa.string(), status=pa.string(), total=pa.string())
    wrong = rows(texts, [("c", 2, ("two", "NEW", "2.00"))])
    part = lake.chunks.write("e", "orders", wrong) if in_chunk else Batch("orders", wrong)
    with pytest.raises(UnfitRows, match=r"corner_shop\.orders: rows do not fit"):
        lake.apply(logged(2, [part]))
    narrow = columns(order_id=pa.int64())
    with pytest.raises(UnfitRows):
        lake.apply(logged(2, [Batch("orders", rows(narrow, [("c", 2, (2,))]))]))
    with pytest.raises(UnfitRows, match="type of a column differs between entries"):
        lake.apply(
            logged(2, [orders(("c", 2, (2, "NEW", "2.00")))]), logged(3, [Batch("orders", wrong)])
        )
    assert lake.everything() == before
    lake.apply(logged(2, [orders(("c", 2, (2, "NEW", "2.00")))]))
    assert [key for key, *_ in lake.orders()] == [1, 2]


def test_a_reset_shop_is_empty_for_readers_and_replays_to_the_same(lake: Lake) -> None:
    odd = (Column("id", "int64"), Column("shape", "list<item: string>"))
    entries = [
        logged(
            1,
            [orders(("c", 1, (1, "PAID", "1.00")))],
            [*BOTH, TableSchema("odd", odd, ("id",))],
        ),
        logged(2, [items(("c", 2, (10, 1, "tea")))]),
    ]
    lake.apply(*entries)
    live = lake.everything()
    lake.mirror.reset(SHOP)
    assert lake.orders() == []
    assert lake.mirror.reflects(SHOP) == Reflected(0, None, None)
    assert lake.stopped_tables() == []
    lake.apply(*entries)
    assert lake.everything() == live
    assert lake.stopped_tables() == [
        (SHOP, "odd", "shape is list<item: string>, which the mirror cannot hold")
    ]


def test_the_refresh_is_a_span_within_the_apply_though_it_runs_on_the_engines_thread(
    lake: Lake,
) -> None:
    with kept_spans() as spans:
        with tracing.span("sink.apply"):
            lake.apply(logged(1, [orders(("c", 1, (1, "PAID", "1.00")))], BOTH))
        refresh, apply = spans.get_finished_spans()
    assert (refresh.name, dict(refresh.attributes or {})) == (
        "warehouse.refresh",
        {"shop": SHOP, "keys": 1},
    )
    assert refresh.parent is not None
    assert apply.context is not None
    assert refresh.parent.span_id == apply.context.span_id
