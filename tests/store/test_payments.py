"""Money follows an order's status, whoever moves it."""

from __future__ import annotations

from decimal import Decimal

from aethermart.store.orders import (
    OrderLine,
    OrderRequest,
    cancel,
    change_status,
    place_order,
    return_order,
)
from tests.store.shop import Shop

CUPS = OrderRequest(1, 11, "web", (OrderLine(1, 2),), shipping_amount=Decimal("4.90"))


def payments(shop: Shop) -> list[tuple[str, ...]]:
    rows = shop.sql("SELECT method, status, amount, currency FROM payments ORDER BY payment_id")
    return [tuple(str(value) for value in row) for row in rows]


def test_a_paid_order_has_its_payment_and_a_placed_one_none(shop: Shop) -> None:
    order = place_order(shop.session, CUPS)
    assert payments(shop) == []
    change_status(shop.session, order.order_id, "PAID")
    assert payments(shop) == [("card", "CAPTURED", "14.88", "EUR")]


def test_a_payment_that_was_written_before_is_not_written_again(shop: Shop) -> None:
    order = place_order(shop.session, CUPS)
    shop.sql(
        "INSERT INTO payments (order_id, method, status, amount) VALUES"
        " (%(order)s, 'paypal', 'FAILED', 14.88), (%(order)s, 'paypal', 'CAPTURED', 14.88)",
        order=order.order_id,
    )
    change_status(shop.session, order.order_id, "PAID")
    assert [row[:2] for row in payments(shop)] == [("paypal", "FAILED"), ("paypal", "CAPTURED")]


def test_a_cancelled_order_gets_all_its_money_back_the_way_it_came(shop: Shop) -> None:
    order = place_order(shop.session, CUPS)
    change_status(shop.session, order.order_id, "PAID")
    cancel(shop.session, order.order_id)
    assert payments(shop)[1:] == [("card", "REFUNDED", "14.88", "EUR")]


def test_an_order_cancelled_before_it_was_paid_gets_nothing_back(shop: Shop) -> None:
    cancel(shop.session, place_order(shop.session, CUPS).order_id)
    assert payments(shop) == []


def test_a_returned_order_gets_its_lines_back_without_shipping(shop: Shop) -> None:
    order = place_order(shop.session, CUPS)
    for status in ("PAID", "SHIPPED", "DELIVERED"):
        change_status(shop.session, order.order_id, status)
    return_order(shop.session, order.order_id, "broken")
    assert payments(shop)[1:] == [("card", "REFUNDED", "9.98", "EUR")]
