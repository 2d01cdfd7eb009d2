"""Orders through the store's procedures: exact amounts, exact stock, and nothing on refusal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, get_args

import psycopg
import pytest

from aethermart.core.errors import BadInput, Conflict, NotFound, Transient, Unavailable
from aethermart.core.money import Money
from aethermart.store.orders import (
    LEGAL_MOVES,
    Channel,
    OrderLine,
    OrderRequest,
    PlacedOrder,
    Status,
    cancel,
    change_status,
    place_order,
    return_order,
)
from aethermart.store.products import change_price, change_stock

pytestmark = pytest.mark.service("postgres")

ALL_TABLES = (
    "products",
    "orders",
    "order_items",
    "order_events",
    "returns",
    "inventory_movements",
)


def request(
    *lines: OrderLine, customer_id: int = 1, address_id: int = 11, key: str | None = None
) -> OrderRequest:
    return OrderRequest(
        customer_id=customer_id,
        address_id=address_id,
        channel="web",
        lines=lines or (OrderLine(1, 1),),
        idempotency_key=key,
    )


def everything(connection: psycopg.Connection) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: connection.execute(f"SELECT * FROM {table} ORDER BY 1".encode()).fetchall()
        for table in ALL_TABLES
    }


def stock(connection: psycopg.Connection) -> dict[int, int]:
    rows = connection.execute("SELECT product_id, stock_quantity FROM products").fetchall()
    return dict[int, int](rows)


def moved(connection: psycopg.Connection, order_id: int) -> list[tuple[int, int, str]]:
    return connection.execute(
        "SELECT product_id, quantity_change, reason FROM inventory_movements"
        " WHERE order_id = %s ORDER BY movement_id",
        [order_id],
    ).fetchall()


def events(connection: psycopg.Connection, order_id: int) -> list[tuple[str | None, str]]:
    return connection.execute(
        "SELECT from_status, to_status FROM order_events WHERE order_id = %s"
        " ORDER BY order_event_id",
        [order_id],
    ).fetchall()


def status_of(connection: psycopg.Connection, order_id: int) -> str:
    row = connection.execute("SELECT status FROM orders WHERE order_id = %s", [order_id]).fetchone()
    assert row is not None
    return str(row[0])


def order_in(connection: psycopg.Connection, status: Status) -> int:
    """A new order brought to `status` by legal moves."""
    way: dict[Status, tuple[Status, ...]] = {
        "PENDING": (),
        "PAID": ("PAID",),
        "SHIPPED": ("PAID", "SHIPPED"),
        "DELIVERED": ("PAID", "SHIPPED", "DELIVERED"),
        "CANCELLED": ("CANCELLED",),
        "RETURNED": ("PAID", "SHIPPED", "DELIVERED", "RETURNED"),
    }
    order_id = place_order(connection, request()).order_id
    for step in way[status]:
        change_status(connection, order_id, step)
    return order_id


def test_an_order_has_its_lines_its_total_its_event_and_takes_its_stock(
    shop: psycopg.Connection,
) -> None:
    placed = place_order(
        shop,
        OrderRequest(
            customer_id=2,
            address_id=12,
            channel="mobile",
            lines=(OrderLine(2, 1), OrderLine(1, 3, Decimal("0.97")), OrderLine(2, 1)),
            shipping_amount=Decimal("4.90"),
            tax_rate=Decimal("0.19"),
        ),
    )
    # 35.00 + (3 x 4.99 - 0.97 = 14.00) + 35.00 = 84.00; tax 15.96; with shipping 104.86
    assert placed == PlacedOrder(1, Money(Decimal("104.86"), "EUR"), repeated=False)
    order = shop.execute(
        "SELECT customer_id, address_id, channel, status, currency, shipping_amount::text,"
        " tax_amount::text, total_amount::text, fn_order_total(order_id)::text FROM orders"
    ).fetchall()
    assert order == [
        (2, 12, "mobile", "PENDING", "EUR", "4.90", "15.96", "104.86", "104.86"),
    ]
    lines = shop.execute(
        "SELECT line_number, product_id, quantity, unit_price::text, discount_amount::text,"
        " line_total::text FROM order_items ORDER BY line_number"
    ).fetchall()
    assert lines == [
        (1, 2, 1, "35.00", "0.00", "35.00"),
        (2, 1, 3, "4.99", "0.97", "14.00"),
        (3, 2, 1, "35.00", "0.00", "35.00"),
    ]
    assert stock(shop) == {1: 7, 2: 3, 3: 1}
    assert moved(shop, 1) == [(1, -3, "SALE"), (2, -2, "SALE")]
    assert events(shop, 1) == [(None, "PENDING")]


def test_an_order_keeps_the_price_it_was_placed_at(shop: psycopg.Connection) -> None:
    first = place_order(shop, request(OrderLine(1, 2)))
    change_price(shop, 1, Decimal("6.00"))
    second = place_order(shop, request(OrderLine(1, 2)))
    assert (str(first.total), str(second.total)) == ("9.98 EUR", "12.00 EUR")
    prices = shop.execute("SELECT unit_price::text FROM order_items ORDER BY 1").fetchall()
    assert prices == [("4.99",), ("6.00",)]


def test_an_order_waits_for_a_price_change_under_way(
    shop_dsn: str, shop: psycopg.Connection
) -> None:
    with psycopg.connect(shop_dsn) as pricing, ThreadPoolExecutor(1) as pool:
        pricing.execute("UPDATE products SET price = 6.00 WHERE product_id = 1")
        placing = pool.submit(place_order, shop, request(OrderLine(1, 2)))
        with psycopg.connect(shop_dsn, autocommit=True) as watch:
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            while watch.execute(waits).fetchone() == (0,):
                time.sleep(0.005)
        pricing.commit()
        assert str(placing.result().total) == "12.00 EUR"


def test_a_repeated_key_returns_the_first_order_and_changes_nothing(
    shop: psycopg.Connection,
) -> None:
    first = place_order(shop, request(OrderLine(3, 1), key="cart-7"))
    before = everything(shop)
    again = place_order(shop, request(OrderLine(3, 1), key="cart-7"))  # though none is left
    assert again == PlacedOrder(first.order_id, first.total, repeated=True)
    assert everything(shop) == before


@pytest.mark.parametrize(
    "other",
    [
        request(OrderLine(1, 2), key="cart-7"),
        request(OrderLine(1, 1), OrderLine(2, 1), key="cart-7"),
        request(OrderLine(1, 1), key="cart-7", customer_id=2, address_id=12),
    ],
    ids=["other quantity", "one line more", "other customer"],
)
def test_a_key_of_another_order_is_refused(shop: psycopg.Connection, other: OrderRequest) -> None:
    place_order(shop, request(OrderLine(1, 1), key="cart-7"))
    before = everything(shop)
    with pytest.raises(Conflict, match="idempotency key 'cart-7' placed order 1"):
        place_order(shop, other)
    assert everything(shop) == before


def test_ten_at_once_with_one_key_place_one_order(shop_dsn: str, shop: psycopg.Connection) -> None:
    def place(_: int) -> PlacedOrder:
        with psycopg.connect(shop_dsn) as connection:
            return place_order(connection, request(OrderLine(3, 1), key="cart-7"))

    with ThreadPoolExecutor(10) as pool:
        placed = list(pool.map(place, range(10)))
    assert {order.order_id for order in placed} == {placed[0].order_id}
    assert sorted(order.repeated for order in placed) == [False] + [True] * 9
    assert stock(shop)[3] == 0


def web(*lines: OrderLine, **others: Any) -> OrderRequest:
    return OrderRequest(1, 11, "web", lines, **others)


REFUSALS = {
    "no such product": (web(OrderLine(99, 1)), NotFound, "there is no product '99' on sale"),
    "more than there is": (
        web(OrderLine(1, 11)),
        Conflict,
        "product 1 (CUP) has 10 in stock, 11 are wanted",
    ),
    "more than there is on two lines": (
        web(OrderLine(1, 6), OrderLine(1, 5)),
        Conflict,
        "product 1 (CUP) has 10 in stock, 11 are wanted",
    ),
    "no lines": (web(), BadInput, "the order has no lines"),
    "no such customer": (
        request(customer_id=99),
        NotFound,
        "there is no customer '99' with address '11'",
    ),
    "another's address": (
        request(customer_id=1, address_id=12),
        NotFound,
        "there is no customer '1' with address '12'",
    ),
    "no such channel": (
        OrderRequest(1, 11, "fax", (OrderLine(1, 1),)),
        BadInput,
        "'fax' is not a channel",
    ),
    "none of it": (web(OrderLine(1, 0)), BadInput, "line 1 has quantity '0' and discount '0'"),
    "a negative discount": (
        web(OrderLine(1, 1), OrderLine(2, 1, Decimal(-1))),
        BadInput,
        "line 2 has quantity '1' and discount '-1'",
    ),
    "a discount above its line": (
        web(OrderLine(1, 1, Decimal("5.00"))),
        BadInput,
        "line 1 is worth 4.99 and has a discount of 5.00",
    ),
    "another currency": (
        web(OrderLine(1, 1), currency="USD"),
        Conflict,
        "product 1 (CUP) is sold in EUR, the order is in USD",
    ),
    "negative shipping": (
        web(OrderLine(1, 1), shipping_amount=Decimal(-1)),
        BadInput,
        'new row for relation "orders" violates check constraint "orders_shipping_not_negative"',
    ),
    "a quantity beyond the type": (
        web(OrderLine(1, 2**31)),
        BadInput,
        'value "2147483648" is out of range',
    ),
}


@pytest.mark.parametrize("wrong, error, cause", REFUSALS.values(), ids=REFUSALS)
def test_a_wrong_order_is_refused_and_leaves_nothing(
    shop: psycopg.Connection, wrong: OrderRequest, error: type[Exception], cause: str
) -> None:
    before = everything(shop)
    with pytest.raises(error) as refused:
        place_order(shop, wrong)
    assert str(refused.value).startswith(cause)
    assert "fix: " in str(refused.value)
    assert everything(shop) == before


def test_what_is_no_longer_sold_cannot_be_ordered(shop: psycopg.Connection) -> None:
    shop.execute("UPDATE products SET is_active = false WHERE product_id = 1")
    with pytest.raises(NotFound, match="there is no product '1' on sale"):
        place_order(shop, request())


@pytest.mark.parametrize("channel", get_args(Channel))
def test_each_channel_is_accepted(shop: psycopg.Connection, channel: str) -> None:
    place_order(shop, OrderRequest(1, 11, channel, (OrderLine(1, 1),)))
    assert shop.execute("SELECT channel FROM orders").fetchall() == [(channel,)]


def test_fifty_buyers_of_the_last_unit_one_gets_it(shop_dsn: str, shop: psycopg.Connection) -> None:
    together = threading.Barrier(50)

    def buy(_: int) -> str:
        with psycopg.connect(shop_dsn) as connection:
            together.wait(30)
            try:
                # The pan is plentiful only for the first five: no line may be left behind.
                place_order(connection, request(OrderLine(2, 1), OrderLine(3, 1)))
            except Conflict as refused:
                return refused.cause
            return "bought"

    with ThreadPoolExecutor(50) as pool:
        outcomes = Counter(pool.map(buy, range(50)))
    assert outcomes == {"bought": 1, "product 3 (SPOON) has 0 in stock, 1 are wanted": 49}
    assert stock(shop) == {1: 10, 2: 4, 3: 0}
    counts = [
        shop.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        for table in ("orders", "order_items", "order_events", "inventory_movements")
    ]
    assert counts == [(1,), (2,), (1,), (3 + 2,)]  # the three first stocks are movements too


def test_buyers_of_the_same_products_in_opposite_orders_do_not_deadlock(
    shop_dsn: str, shop: psycopg.Connection
) -> None:
    change_stock(shop, 1, 990)
    change_stock(shop, 2, 995)

    def buy(turn: int) -> None:
        lines = (OrderLine(1, 1), OrderLine(2, 1))
        with psycopg.connect(shop_dsn) as connection:
            for _ in range(10):
                place_order(connection, request(*(lines if turn % 2 else lines[::-1])))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(buy, range(8)))
    assert stock(shop) == {1: 920, 2: 920, 3: 1}
    deadlocks = shop.execute(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert deadlocks == (0,)


@pytest.mark.promise("87")
@pytest.mark.parametrize("target", get_args(Status))
@pytest.mark.parametrize("start", get_args(Status))
def test_a_status_moves_legally_or_not_at_all(
    shop: psycopg.Connection, start: Status, target: Status
) -> None:
    order_id = order_in(shop, start)
    before = everything(shop)
    if target in LEGAL_MOVES[start]:
        assert change_status(shop, order_id, target) == start
        assert status_of(shop, order_id) == target
        assert events(shop, order_id)[-1] == (start, target)
        return
    with pytest.raises(Conflict, match=f"order {order_id} cannot move from {start} to {target}"):
        change_status(shop, order_id, target)
    assert everything(shop) == before
    if target != start:  # nor by going round the procedure
        with pytest.raises(psycopg.Error, match="cannot move from"):
            shop.execute("UPDATE orders SET status = %s WHERE order_id = %s", [target, order_id])
        assert everything(shop) == before


def test_an_unknown_status_is_refused(shop: psycopg.Connection) -> None:
    order_id = order_in(shop, "PENDING")
    with pytest.raises(Conflict, match="cannot move from PENDING to LOST"):
        change_status(shop, order_id, "LOST")
    assert status_of(shop, order_id) == "PENDING"


def test_an_order_cannot_begin_delivered(shop: psycopg.Connection) -> None:
    with pytest.raises(psycopg.Error, match="cannot move from nothing to DELIVERED"):
        shop.execute(
            "INSERT INTO orders (customer_id, address_id, channel, status, total_amount)"
            " VALUES (1, 11, 'web', 'DELIVERED', 1)"
        )


@pytest.mark.parametrize("move", [cancel, return_order, lambda c, o: change_status(c, o, "PAID")])
def test_an_order_that_does_not_exist_cannot_move(shop: psycopg.Connection, move: object) -> None:
    assert callable(move)
    with pytest.raises(NotFound, match="there is no order '77'"):
        move(shop, 77)


def test_a_cancelled_order_gives_its_stock_back(shop: psycopg.Connection) -> None:
    order_id = place_order(
        shop, request(OrderLine(2, 1), OrderLine(1, 2), OrderLine(1, 1))
    ).order_id
    change_status(shop, order_id, "PAID")
    assert cancel(shop, order_id) == "PAID"
    assert status_of(shop, order_id) == "CANCELLED"
    assert stock(shop) == {1: 10, 2: 5, 3: 1}
    assert moved(shop, order_id) == [
        (1, -3, "SALE"),
        (2, -1, "SALE"),
        (1, 3, "CANCELLATION"),
        (2, 1, "CANCELLATION"),
    ]


@pytest.mark.parametrize("status", ["SHIPPED", "DELIVERED", "CANCELLED", "RETURNED"])
def test_what_was_sent_cannot_be_cancelled(shop: psycopg.Connection, status: Status) -> None:
    order_id = order_in(shop, status)
    before = everything(shop)
    with pytest.raises(Conflict, match=f"cannot move from {status} to CANCELLED"):
        cancel(shop, order_id)
    assert everything(shop) == before


def test_a_returned_order_refunds_its_lines_and_gives_its_stock_back(
    shop: psycopg.Connection,
) -> None:
    placed = place_order(
        shop,
        OrderRequest(
            1,
            11,
            "web",
            (OrderLine(2, 1), OrderLine(1, 3, Decimal("0.97"))),
            shipping_amount=Decimal("4.90"),
            tax_rate=Decimal("0.19"),
        ),
    )
    for status in ("PAID", "SHIPPED", "DELIVERED"):
        change_status(shop, placed.order_id, status)
    assert return_order(shop, placed.order_id, "too small") == Decimal("49.00")
    assert status_of(shop, placed.order_id) == "RETURNED"
    refunds = shop.execute(
        "SELECT r.order_id, i.line_number, r.quantity, r.refund_amount::text, r.currency, r.reason"
        " FROM returns AS r JOIN order_items AS i USING (order_item_id) ORDER BY i.line_number"
    ).fetchall()
    assert refunds == [
        (placed.order_id, 1, 1, "35.00", "EUR", "too small"),
        (placed.order_id, 2, 3, "14.00", "EUR", "too small"),
    ]
    assert stock(shop) == {1: 10, 2: 5, 3: 1}
    assert moved(shop, placed.order_id)[2:] == [(1, 3, "RETURN"), (2, 1, "RETURN")]
    assert events(shop, placed.order_id)[-1] == ("DELIVERED", "RETURNED")


@pytest.mark.parametrize("status", ["PENDING", "PAID", "SHIPPED", "CANCELLED", "RETURNED"])
def test_what_was_not_delivered_cannot_be_returned(
    shop: psycopg.Connection, status: Status
) -> None:
    order_id = order_in(shop, status)
    before = everything(shop)
    with pytest.raises(Conflict, match=f"cannot move from {status} to RETURNED"):
        return_order(shop, order_id)
    assert everything(shop) == before


def test_a_refund_of_a_cancelled_order_cannot_be_written(shop: psycopg.Connection) -> None:
    order_id = order_in(shop, "CANCELLED")
    with pytest.raises(psycopg.Error, match="cannot move from CANCELLED to RETURNED"):
        shop.execute(
            "INSERT INTO returns (order_id, order_item_id, quantity, refund_amount, reason)"
            " SELECT order_id, order_item_id, quantity, line_total, 'x' FROM order_items"
        )
    assert shop.execute("SELECT count(*) FROM returns").fetchone() == (0,)
    assert status_of(shop, order_id) == "CANCELLED"


def test_twenty_cancel_at_once_the_stock_comes_back_once(
    shop_dsn: str, shop: psycopg.Connection
) -> None:
    order_id = place_order(shop, request(OrderLine(1, 4))).order_id

    def give_up(_: int) -> bool:
        with psycopg.connect(shop_dsn) as connection:
            try:
                cancel(connection, order_id)
            except Conflict:
                return False
            return True

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(give_up, range(20))).count(True) == 1
    assert stock(shop)[1] == 10


def test_a_change_is_dated(shop: psycopg.Connection) -> None:
    order_id = order_in(shop, "PENDING")
    shop.execute("UPDATE orders SET updated_at = '2020-01-01'")
    later = shop.execute("SELECT updated_at > now() - interval '1 minute' FROM orders").fetchone()
    assert later == (True,)
    change_status(shop, order_id, "PAID")
    dated = shop.execute(
        "SELECT changed_at > ordered_at FROM orders JOIN order_events USING (order_id)"
    ).fetchall()
    assert dated == [(True,), (True,)]


def test_stock_cannot_go_below_nothing(shop: psycopg.Connection) -> None:
    before = everything(shop)
    with pytest.raises(Conflict, match=r"product 3 \(SPOON\) has 1 in stock, 2 are wanted"):
        change_stock(shop, 3, -2, "ADJUSTMENT")
    with pytest.raises(NotFound, match="there is no product 99"):
        change_stock(shop, 99, 1)
    with pytest.raises(NotFound, match="there is no product 99"):
        change_price(shop, 99, Decimal(1))
    with pytest.raises(BadInput):
        change_price(shop, 1, Decimal(-1))
    assert everything(shop) == before
    assert change_stock(shop, 3, 4) == 5


def test_twenty_take_the_last_unit_away_at_once_one_does(
    shop_dsn: str, shop: psycopg.Connection
) -> None:
    together = threading.Barrier(20)

    def take(_: int) -> str:
        with psycopg.connect(shop_dsn) as connection:
            together.wait(30)
            try:
                return str(change_stock(connection, 3, -1, "ADJUSTMENT"))
            except Conflict as refused:
                return refused.cause

    with ThreadPoolExecutor(20) as pool:
        outcomes = Counter(pool.map(take, range(20)))
    assert outcomes == {"0": 1, "product 3 (SPOON) has 0 in stock, 1 are wanted": 19}


def test_it_joins_the_callers_transaction(shop: psycopg.Connection) -> None:
    before = everything(shop)
    with shop.transaction(force_rollback=True):
        first = place_order(shop, request())
        with pytest.raises(Conflict):
            place_order(shop, request(OrderLine(3, 2)))
        change_status(shop, first.order_id, "PAID")  # the refusal did not spoil the transaction
    assert everything(shop) == before


def test_a_deadlock_is_tried_again(shop_dsn: str, shop: psycopg.Connection) -> None:
    """A rival takes two products in the wrong order; whoever the database picks, both succeed."""
    # Each looks for a deadlock once, so long after it began to wait: it shall be us who find it.
    shop.execute("SET deadlock_timeout = '500ms'")
    rival = psycopg.connect(shop_dsn)
    rival.execute("SET deadlock_timeout = '1min'")
    rival.execute("UPDATE products SET name = name WHERE product_id = 2")
    done = threading.Event()

    def cross() -> None:
        with rival:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            with psycopg.connect(shop_dsn, autocommit=True) as watch:
                while watch.execute(waiting).fetchone() == (0,):
                    done.wait(0.005)
            rival.execute("UPDATE products SET name = 'Mug' WHERE product_id = 1")

    crossing = threading.Thread(target=cross)
    crossing.start()
    place_order(shop, request(OrderLine(1, 1), OrderLine(2, 1)))
    crossing.join(30)
    assert shop.execute("SELECT name FROM products WHERE product_id = 1").fetchone() == ("Mug",)
    assert stock(shop) == {1: 9, 2: 4, 3: 1}
    assert shop.execute("SELECT count(*) FROM orders").fetchone() == (1,)


def test_a_deadlock_in_the_callers_transaction_is_the_callers(
    shop_dsn: str, shop: psycopg.Connection
) -> None:
    shop.execute("SET deadlock_timeout = '500ms'")
    with psycopg.connect(shop_dsn) as rival, ThreadPoolExecutor(1) as pool:
        rival.execute("SET deadlock_timeout = '1min'")
        rival.execute("UPDATE products SET name = name WHERE product_id = 2")
        shop.execute("BEGIN")
        shop.execute("UPDATE products SET name = name WHERE product_id = 1")
        crossing = pool.submit(rival.execute, "UPDATE products SET name = 'Mug'")
        with pytest.raises(Transient) as refused:
            place_order(shop, request(OrderLine(2, 1)))
        shop.execute("ROLLBACK")
        crossing.result()
    assert refused.value.exit_code == 75
    assert stock(shop) == {1: 10, 2: 5, 3: 1}


def test_a_lost_server_is_said_as_such(shop_dsn: str, shop: psycopg.Connection) -> None:
    with psycopg.connect(shop_dsn) as connection:
        shop.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        with pytest.raises(Unavailable):
            place_order(connection, request())
    assert shop.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_a_client_killed_mid_order_leaves_nothing(shop_dsn: str, shop: psycopg.Connection) -> None:
    before = everything(shop)
    script = """
import sys, time, psycopg
from aethermart.store.orders import OrderLine, OrderRequest, place_order
with psycopg.connect(sys.argv[1]) as connection, connection.transaction():
    place_order(connection, OrderRequest(1, 11, "web", (OrderLine(1, 2), OrderLine(3, 1))))
    print("placed", flush=True)
    time.sleep(60)
"""
    client = subprocess.Popen(
        [sys.executable, "-c", script, shop_dsn], stdout=subprocess.PIPE, text=True
    )
    with client:
        assert client.stdout is not None
        assert client.stdout.readline() == "placed\n"
        os.kill(client.pid, signal.SIGKILL)
    # The server notices the closed connection; the product's lock is free when it has.
    assert place_order(shop, request(OrderLine(3, 1))).repeated is False
    with pytest.raises(Conflict):
        place_order(shop, request(OrderLine(3, 1)))
    assert stock(shop) == {1: 10, 2: 5, 3: 0}
    after = everything(shop)
    assert len(after["orders"]) == len(after["order_items"]) == len(after["order_events"]) == 1
    assert len(after["inventory_movements"]) == len(before["inventory_movements"]) + 1
