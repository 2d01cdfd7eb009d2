"""An order's status moves legally, and goods and refunds follow it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import get_args

import pytest

from aethermart.core.errors import Conflict, NotFound
from aethermart.store.orders import (
    LEGAL_MOVES,
    OrderLine,
    Status,
    cancel,
    change_status,
    place_order,
    return_order,
)
from tests.store.gaps import gap
from tests.store.shop import (
    Shop,
    count,
    events,
    everything,
    moved,
    order_in,
    request,
    status_of,
    stock,
    web,
)


@pytest.mark.promise("87")
@pytest.mark.promise("12")
@pytest.mark.parametrize("start", get_args(Status))
def test_a_status_moves_legally_or_not_at_all(shop: Shop, start: Status) -> None:
    for target in get_args(Status):
        order_id = order_in(shop, start)
        if target in LEGAL_MOVES[start]:
            assert change_status(shop.session, order_id, target) == start
            assert status_of(shop, order_id) == target
            assert events(shop, order_id)[-1] == (start, target)
            continue
        before = everything(shop)
        wrong = f"order {order_id} cannot move from {start} to {target}"
        with pytest.raises(Conflict, match=wrong):
            change_status(shop.session, order_id, target)
        if target != start:  # nor by going round the procedure
            with pytest.raises(Conflict, match=wrong):
                shop.sql(
                    "UPDATE orders SET status = %(to)s WHERE order_id = %(order)s",
                    to=target,
                    order=order_id,
                )
        assert everything(shop) == before


def test_an_unknown_status_is_refused(shop: Shop) -> None:
    order_id = order_in(shop, "PENDING")
    for unknown in ("LOST", "paid"):
        with pytest.raises(Conflict, match=f"cannot move from PENDING to {unknown}"):
            change_status(shop.session, order_id, unknown)
    assert status_of(shop, order_id) == "PENDING"


@pytest.mark.parametrize("move", [cancel, return_order, lambda s, o: change_status(s, o, "PAID")])
def test_an_order_that_does_not_exist_cannot_move(shop: Shop, move: object) -> None:
    assert callable(move)
    with pytest.raises(NotFound, match="there is no order '77000'"):
        move(shop.session, 77000)


@pytest.mark.promise("11")
def test_a_cancelled_order_gives_its_stock_back(shop: Shop) -> None:
    lines = (OrderLine(2, 1), OrderLine(1, 2), OrderLine(1, 1))
    order_id = place_order(shop.session, request(*lines)).order_id
    change_status(shop.session, order_id, "PAID")
    assert cancel(shop.session, order_id) == "PAID"
    assert status_of(shop, order_id) == "CANCELLED"
    assert stock(shop) == {1: 10, 2: 5, 3: 1}
    assert moved(shop, order_id) == [
        (1, -3, "SALE"),
        (2, -1, "SALE"),
        (1, 3, "CANCELLATION"),
        (2, 1, "CANCELLATION"),
    ]


@pytest.mark.parametrize("status", ["SHIPPED", "DELIVERED", "CANCELLED", "RETURNED"])
def test_what_was_sent_cannot_be_cancelled(shop: Shop, status: Status) -> None:
    order_id = order_in(shop, status)
    before = everything(shop)
    with pytest.raises(Conflict, match=f"cannot move from {status} to CANCELLED"):
        cancel(shop.session, order_id)
    assert everything(shop) == before


@pytest.mark.promise("11")
def test_a_returned_order_refunds_its_lines_and_gives_its_stock_back(shop: Shop) -> None:
    placed = place_order(
        shop.session,
        web(
            OrderLine(2, 1),
            OrderLine(1, 3, Decimal("0.97")),
            shipping_amount=Decimal("4.90"),
            tax_rate=Decimal("0.19"),
        ),
    )
    for status in ("PAID", "SHIPPED", "DELIVERED"):
        change_status(shop.session, placed.order_id, status)
    assert return_order(shop.session, placed.order_id, "too small") == Decimal("49.00")
    assert status_of(shop, placed.order_id) == "RETURNED"
    refunds = shop.sql(
        "SELECT r.order_id, i.line_number, r.quantity, r.refund_amount, r.currency, r.reason"
        " FROM returns AS r INNER JOIN order_items AS i ON i.order_item_id = r.order_item_id"
        " ORDER BY i.line_number"
    )
    assert refunds == [
        (placed.order_id, 1, 1, Decimal("35.00"), "EUR", "too small"),
        (placed.order_id, 2, 3, Decimal("14.00"), "EUR", "too small"),
    ]
    assert stock(shop) == {1: 10, 2: 5, 3: 1}
    assert moved(shop, placed.order_id)[2:] == [(1, 3, "RETURN"), (2, 1, "RETURN")]
    assert events(shop, placed.order_id)[-1] == ("DELIVERED", "RETURNED")


def test_an_order_returned_by_hand_is_refunded_all_the_same(shop: Shop) -> None:
    order_id = order_in(shop, "DELIVERED")
    shop.sql("UPDATE orders SET status = 'RETURNED' WHERE order_id = %(order)s", order=order_id)
    assert shop.sql("SELECT refund_amount, reason FROM returns") == [
        (Decimal("4.99"), "unspecified")
    ]
    assert stock(shop)[1] == 10


@pytest.mark.parametrize("status", ["PENDING", "PAID", "SHIPPED", "CANCELLED", "RETURNED"])
def test_what_was_not_delivered_cannot_be_returned(shop: Shop, status: Status) -> None:
    order_id = order_in(shop, status)
    before = everything(shop)
    with pytest.raises(Conflict, match=f"cannot move from {status} to RETURNED"):
        return_order(shop.session, order_id)
    assert everything(shop) == before


@pytest.mark.promise("12")
def test_a_refund_of_a_cancelled_order_cannot_be_written(shop: Shop) -> None:
    order_id = order_in(shop, "CANCELLED")
    with pytest.raises(Conflict, match="cannot move from CANCELLED to RETURNED"):
        shop.sql(
            "INSERT INTO returns (order_id, order_item_id, quantity, refund_amount, reason)"
            " SELECT order_id, order_item_id, quantity, line_total, 'x' FROM order_items"
        )
    assert count(shop, "returns") == 0
    assert status_of(shop, order_id) == "CANCELLED"


def test_a_change_is_dated(shop: Shop) -> None:
    order_id = order_in(shop, "PENDING")
    shop.sql("UPDATE orders SET updated_at = '2020-01-01'")  # nobody dates a change as they like
    now = datetime.now(UTC)
    assert abs(shop.one("SELECT updated_at FROM orders") - now) < timedelta(minutes=1)
    change_status(shop.session, order_id, "PAID")
    dated = shop.sql(
        "SELECT e.changed_at >= o.ordered_at, o.updated_at > o.ordered_at"
        " FROM orders AS o INNER JOIN order_events AS e ON e.order_id = o.order_id"
    )
    assert dated == [(True, True), (True, True)]
    before = shop.one("SELECT updated_at FROM orders")
    if not gap(shop.kind, "an empty change is dated"):
        shop.sql("UPDATE orders SET status = status")
    with shop.bulk():
        shop.sql("UPDATE orders SET channel = 'popup'")
    assert shop.one("SELECT updated_at FROM orders") == before  # nothing changed, or in bulk


def test_in_bulk_nothing_is_derived_and_afterwards_it_is_again(shop: Shop) -> None:
    with shop.bulk():
        shop.sql(
            "INSERT INTO orders (order_id, customer_id, address_id, channel, status, total_amount)"
            " VALUES (900, 1, 11, 'web', 'DELIVERED', 4.99);\n"
            "INSERT INTO order_items (order_id, line_number, product_id, quantity, unit_price)"
            " VALUES (900, 1, 1, 1, 4.99);\n"
            "UPDATE orders SET status = 'PENDING', updated_at = '2020-01-01'"
        )
    assert count(shop, "order_events") == 0
    assert stock(shop)[1] == 10
    assert shop.one("SELECT updated_at FROM orders") == datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(Conflict, match="cannot move from PENDING to RETURNED"):
        shop.sql("UPDATE orders SET status = 'RETURNED'")


def test_bulk_ends_with_a_transaction_that_failed_and_needs_one(shop: Shop) -> None:
    with pytest.raises(ZeroDivisionError), shop.bulk():
        raise ZeroDivisionError
    shop.session.bulk()  # outside a transaction it says nothing
    order_in(shop, "PAID")
    assert count(shop, "order_events") == 2
