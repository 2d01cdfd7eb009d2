"""Stock and prices: exact, never below nothing, and lines take it whoever writes them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.store.products import change_price, change_stock
from tests.store.shop import Shop, count, everything, order_in, stock


def test_stock_cannot_go_below_nothing(shop: Shop) -> None:
    before = everything(shop)
    with pytest.raises(Conflict, match=r"product 3 \(SPOON\) has 1 in stock, 2 are wanted"):
        change_stock(shop.session, 3, -2, "ADJUSTMENT")
    for reason, change in (("RESTOCK", 0), ("THEFT", 1), ("SALE", -1)):
        with pytest.raises(BadInput):
            change_stock(shop.session, 3, change, reason)
    with pytest.raises(NotFound, match="there is no product 99"):
        change_stock(shop.session, 99, 1)
    with pytest.raises(NotFound, match="there is no product 99"):
        change_price(shop.session, 99, Decimal(1))
    with pytest.raises(BadInput):
        change_price(shop.session, 1, Decimal(-1))
    assert everything(shop) == before
    assert change_stock(shop.session, 3, 4) == 5


def test_a_service_takes_no_stock(shop: Shop) -> None:
    shop.sql(
        "INSERT INTO products (product_id, sku, name, category_id, price, is_service)"
        " VALUES (4, 'HELP', 'Consultation', 1, 80.00, true)"
    )
    for change in (1, -1):
        with pytest.raises(BadInput, match="products_s"):
            change_stock(shop.session, 4, change)
    assert stock(shop)[4] == 0


@pytest.mark.promise("11")
def test_a_line_written_by_hand_takes_its_stock_or_is_refused(shop: Shop) -> None:
    order_id = order_in(shop, "PENDING")
    write = (
        "INSERT INTO order_items (order_id, line_number, product_id, quantity, unit_price)"
        " VALUES (%(order)s, 2, 3, 1, 0.10), (%(order)s, 3, %(product)s, %(quantity)s, 35.00)"
    )
    with pytest.raises(Conflict, match=r"product 2 \(PAN\) has 5 in stock, 6 are wanted"):
        shop.sql(write, order=order_id, product=2, quantity=6)
    assert stock(shop) == {1: 9, 2: 5, 3: 1}
    assert count(shop, "order_items") == 1
    shop.sql(write, order=order_id, product=2, quantity=5)
    assert stock(shop) == {1: 9, 2: 0, 3: 0}
    in_sum = "SELECT product_id, sum(quantity_change) FROM inventory_movements GROUP BY product_id"
    assert {product: int(change) for product, change in shop.sql(in_sum)} == stock(shop)


def test_a_new_price_is_that_of_the_next_order(shop: Shop) -> None:
    change_price(shop.session, 1, Decimal("5.495"))
    assert shop.one("SELECT price FROM products WHERE product_id = 1") == Decimal("5.50")
