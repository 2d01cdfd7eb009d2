"""Money follows an order's status, whoever moves it."""

from __future__ import annotations

from decimal import Decimal

import psycopg
import pytest

from aethermart.store.orders import (
    OrderLine,
    OrderRequest,
    cancel,
    change_status,
    place_order,
    return_order,
)

pytestmark = pytest.mark.service("postgres")

CUPS = OrderRequest(1, 11, "web", (OrderLine(1, 2),), shipping_amount=Decimal("4.90"))


def payments(shop: psycopg.Connection) -> list[tuple[object, ...]]:
    return shop.execute(
        "SELECT method, status, amount::text, currency::text FROM payments ORDER BY payment_id"
    ).fetchall()


def test_a_paid_order_has_its_payment_and_a_placed_one_none(shop: psycopg.Connection) -> None:
    order = place_order(shop, CUPS)
    assert payments(shop) == []
    change_status(shop, order.order_id, "PAID")
    assert payments(shop) == [("card", "CAPTURED", "14.88", "EUR")]


def test_a_payment_that_was_written_before_is_not_written_again(shop: psycopg.Connection) -> None:
    order = place_order(shop, CUPS)
    shop.execute(
        "INSERT INTO payments (order_id, method, status, amount) VALUES"
        " (%(order)s, 'paypal', 'FAILED', 14.88), (%(order)s, 'paypal', 'CAPTURED', 14.88)",
        {"order": order.order_id},
    )
    change_status(shop, order.order_id, "PAID")
    assert [row[:2] for row in payments(shop)] == [("paypal", "FAILED"), ("paypal", "CAPTURED")]


def test_a_cancelled_order_gets_all_its_money_back_the_way_it_came(
    shop: psycopg.Connection,
) -> None:
    order = place_order(shop, CUPS)
    change_status(shop, order.order_id, "PAID")
    cancel(shop, order.order_id)
    assert payments(shop)[1:] == [("card", "REFUNDED", "14.88", "EUR")]


def test_an_order_cancelled_before_it_was_paid_gets_nothing_back(shop: psycopg.Connection) -> None:
    cancel(shop, place_order(shop, CUPS).order_id)
    assert payments(shop) == []


def test_a_returned_order_gets_its_lines_back_without_shipping(shop: psycopg.Connection) -> None:
    order = place_order(shop, CUPS)
    for status in ("PAID", "SHIPPED", "DELIVERED"):
        change_status(shop, order.order_id, status)
    return_order(shop, order.order_id, "broken")
    assert payments(shop)[1:] == [("card", "REFUNDED", "9.98", "EUR")]
