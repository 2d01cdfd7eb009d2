"""Orders placed through the store's procedures: exact amounts, exact stock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any, get_args

import pytest

from aethermart.core.errors import BadInput, Conflict, NotFound
from aethermart.core.money import Money
from aethermart.store.engagement import start_campaign
from aethermart.store.orders import (
    Channel,
    OrderLine,
    OrderRequest,
    PlacedOrder,
    cancel,
    change_status,
    place_order,
    return_order,
)
from aethermart.store.products import change_price
from tests.store.shop import (
    Shop,
    count,
    events,
    everything,
    moved,
    order_in,
    request,
    stock,
    undone,
    web,
)

LINES = (
    "SELECT line_number, product_id, quantity, unit_price, discount_amount, line_total"
    " FROM order_items ORDER BY order_id, line_number"
)


@pytest.mark.promise("9")
@pytest.mark.promise("11")
def test_an_order_has_its_lines_its_total_its_event_and_takes_its_stock(shop: Shop) -> None:
    placed = place_order(
        shop.session,
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
    assert placed.total == Money(Decimal("104.86"), "EUR")
    assert not placed.repeated
    order = shop.sql(
        "SELECT order_id, customer_id, address_id, channel, status, currency, shipping_amount,"
        " tax_amount, total_amount, fn_order_total(order_id) FROM orders"
    )
    number, *rest = order[0]
    assert number == placed.order_id
    assert [str(value) for value in rest] == [
        *("2", "12", "mobile", "PENDING", "EUR", "4.90", "15.96", "104.86", "104.86")
    ]
    assert [[str(value) for value in line] for line in shop.sql(LINES)] == [
        ["1", "2", "1", "35.00", "0.00", "35.00"],
        ["2", "1", "3", "4.99", "0.97", "14.00"],
        ["3", "2", "1", "35.00", "0.00", "35.00"],
    ]
    assert stock(shop) == {1: 7, 2: 3, 3: 1}
    assert moved(shop, placed.order_id) == [(1, -3, "SALE"), (2, -2, "SALE")]
    assert events(shop, placed.order_id) == [(None, "PENDING")]


def test_an_order_keeps_the_price_it_was_placed_at(shop: Shop) -> None:
    first = place_order(shop.session, request(OrderLine(1, 2)))
    change_price(shop.session, 1, Decimal("6.00"))
    second = place_order(shop.session, request(OrderLine(1, 2)))
    assert (str(first.total), str(second.total)) == ("9.98 EUR", "12.00 EUR")
    prices = shop.sql("SELECT unit_price FROM order_items ORDER BY order_item_id")
    assert prices == [(Decimal("4.99"),), (Decimal("6.00"),)]


def test_an_order_waits_for_a_price_change_under_way(shop: Shop) -> None:
    with shop.another() as pricing, ThreadPoolExecutor(1) as pool:
        with pricing.transaction():
            pricing.execute("UPDATE products SET price = 6.00 WHERE product_id = 1")
            placing = pool.submit(place_order, shop.session, request(OrderLine(1, 2)))
            shop.await_a_lock_wait()
        assert str(placing.result().total) == "12.00 EUR"


def test_a_repeated_key_returns_the_first_order_and_changes_nothing(shop: Shop) -> None:
    first = place_order(shop.session, request(OrderLine(3, 1), key="cart-7"))
    before = everything(shop)
    # Though none is left.
    again = place_order(shop.session, request(OrderLine(3, 1), key="cart-7"))
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
def test_a_key_of_another_order_is_refused(shop: Shop, other: OrderRequest) -> None:
    first = place_order(shop.session, request(OrderLine(1, 1), key="cart-7")).order_id
    before = everything(shop)
    with pytest.raises(Conflict, match=f"idempotency key 'cart-7' placed order {first}"):
        place_order(shop.session, other)
    assert everything(shop) == before


def test_keys_that_differ_in_case_or_in_spaces_are_two(shop: Shop) -> None:
    keys = ("cart-7", "CART-7", "cart-7 ")
    placed = [place_order(shop.session, request(key=key)) for key in keys]
    assert [order.repeated for order in placed] == [False, False, False]
    assert count(shop, "orders") == 3


def test_ten_at_once_with_one_key_place_one_order(shop: Shop) -> None:
    def place(_: int) -> PlacedOrder:
        with shop.another() as session:
            return place_order(session, request(OrderLine(3, 1), key="cart-7"))

    with ThreadPoolExecutor(10) as pool:
        placed = list(pool.map(place, range(10)))
    assert {order.order_id for order in placed} == {placed[0].order_id}
    assert sorted(order.repeated for order in placed) == [False] + [True] * 9
    assert stock(shop)[3] == 0


def test_one_key_at_once_for_two_orders_places_one_and_refuses_the_other(shop: Shop) -> None:
    """They share no product, so neither waits for the other's stock."""

    def place(product: int) -> str:
        with shop.another() as session:
            try:
                place_order(session, request(OrderLine(product, 1), key="cart-7"))
            except Conflict as refused:
                return refused.cause.split(" placed")[0]
            return "placed"

    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            outcomes = sorted(pool.map(place, (1, 2)))
            assert outcomes == ["idempotency key 'cart-7'", "placed"]
            assert sum(stock(shop).values()) == 15
            (order,) = shop.sql("SELECT order_id FROM orders WHERE idempotency_key = 'cart-7'")
            cancel(shop.session, order[0])
            shop.sql("UPDATE orders SET idempotency_key = NULL")


REFUSALS: dict[str, tuple[OrderRequest, type[Exception], str]] = {
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
    "a channel in capitals": (
        OrderRequest(1, 11, "WEB", (OrderLine(1, 1),)),
        BadInput,
        "'WEB' is not a channel",
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
    "a currency in small letters": (
        web(OrderLine(1, 1), currency="eur"),
        Conflict,
        "product 1 (CUP) is sold in EUR, the order is in eur",
    ),
    "negative shipping": (
        web(OrderLine(1, 1), shipping_amount=Decimal(-1)),
        BadInput,
        "orders_shipping_not_negative",
    ),
    "a quantity beyond the type": (web(OrderLine(1, 2**31)), BadInput, "out of range"),
}


@pytest.mark.promise("9")
@pytest.mark.parametrize("wrong, error, cause", REFUSALS.values(), ids=REFUSALS)
def test_a_wrong_order_is_refused_and_leaves_nothing(
    shop: Shop, wrong: OrderRequest, error: type[Exception], cause: str
) -> None:
    before = everything(shop)
    with pytest.raises(error) as refused:
        place_order(shop.session, wrong)
    assert cause.lower() in str(refused.value).lower()
    assert "\n  fix: " in str(refused.value)
    assert everything(shop) == before


def test_an_order_whose_last_step_fails_leaves_nothing(shop: Shop) -> None:
    """The lines are written last; that of a product that just lost its stock fails then."""
    before = everything(shop)
    with pytest.raises(BadInput):
        place_order(shop.session, web(OrderLine(2, 5), tax_rate=Decimal(10) ** 9))
    assert everything(shop) == before


def test_what_is_no_longer_sold_cannot_be_ordered(shop: Shop) -> None:
    shop.sql("UPDATE products SET is_active = false WHERE product_id = 1")
    with pytest.raises(NotFound, match="there is no product '1' on sale"):
        place_order(shop.session, request())


@pytest.mark.parametrize("channel", get_args(Channel))
def test_each_channel_is_accepted(shop: Shop, channel: str) -> None:
    place_order(shop.session, OrderRequest(1, 11, channel, (OrderLine(1, 1),)))
    assert shop.sql("SELECT channel FROM orders") == [(channel,)]


@pytest.fixture
def consultation(shop: Shop) -> int:
    shop.sql(
        "INSERT INTO products (product_id, sku, name, category_id, price, is_service)"
        " VALUES (4, 'HELP', 'Consultation', 1, 80.00, true)"
    )
    return 4


@pytest.mark.promise("17")
def test_a_service_sells_beside_goods_and_has_no_stock_to_move(
    shop: Shop, consultation: int
) -> None:
    placed = place_order(shop.session, web(OrderLine(consultation, 3), OrderLine(1, 1)))
    assert str(placed.total) == "244.99 EUR"
    assert stock(shop) == {1: 9, 2: 5, 3: 1, consultation: 0}
    assert moved(shop, placed.order_id) == [(1, -1, "SALE")]
    for status in ("PAID", "SHIPPED", "DELIVERED"):
        change_status(shop.session, placed.order_id, status)
    assert return_order(shop.session, placed.order_id) == Decimal("244.99")
    assert stock(shop) == {1: 10, 2: 5, 3: 1, consultation: 0}


@pytest.mark.promise("17")
def test_a_cancelled_service_gives_no_stock_back(shop: Shop, consultation: int) -> None:
    placed = place_order(shop.session, web(OrderLine(consultation, 1)))
    cancel(shop.session, placed.order_id)
    assert moved(shop, placed.order_id) == []
    assert stock(shop)[consultation] == 0


def test_goods_that_became_a_service_since_do_not_come_back(shop: Shop) -> None:
    order_id = place_order(shop.session, request(OrderLine(3, 1))).order_id
    shop.sql("UPDATE products SET is_service = true WHERE product_id = 3")
    cancel(shop.session, order_id)
    assert stock(shop)[3] == 0


def test_a_service_that_became_goods_since_gives_back_what_it_took(
    shop: Shop, consultation: int
) -> None:
    order_id = place_order(shop.session, web(OrderLine(consultation, 2))).order_id
    shop.sql("UPDATE products SET is_service = false WHERE product_id = 4")
    cancel(shop.session, order_id)
    assert stock(shop)[consultation] == 0


def discounts(shop: Shop, order_id: int) -> list[Any]:
    rows = shop.sql(
        "SELECT discount_amount FROM order_items WHERE order_id = %(order)s ORDER BY line_number",
        order=order_id,
    )
    return [str(amount) for (amount,) in rows]


def test_a_line_without_a_discount_gets_the_running_promotions(shop: Shop) -> None:
    start_campaign(shop.session, "Spring", [1], Decimal("12.5"), 900.0)
    # 3 x 4.99 = 14.97; of it 12.5 % is 1.87125, so 1.87; the pan has none; a named discount stands.
    lines = (OrderLine(1, 3), OrderLine(2, 1), OrderLine(1, 1, Decimal(0)))
    placed = place_order(shop.session, web(*lines))
    assert discounts(shop, placed.order_id) == ["1.87", "0.00", "0.00"]
    assert str(placed.total) == "53.09 EUR"


def test_the_largest_of_the_promotions_that_run_now_counts(shop: Shop) -> None:
    shop.sql(
        "INSERT INTO promotions (campaign, product_id, discount_percent, starts_at, ends_at) VALUES"
        " ('past', 1, 90, '2001-01-01', '2001-02-01'),"
        " ('to come', 1, 80, '2030-01-01', '2030-02-01'),"
        " ('runs', 1, 10, '2001-01-01', '2030-01-01'),"
        " ('runs too', 1, 50, '2001-01-01', '2030-01-01')"
    )
    placed = place_order(shop.session, web(OrderLine(1, 1)))
    assert discounts(shop, placed.order_id) == ["2.50"]  # half of 4.99 is 2.495


def test_a_gift_costs_nothing(shop: Shop) -> None:
    start_campaign(shop.session, "Gift", [1], Decimal(100), 900.0)
    placed = place_order(shop.session, web(OrderLine(1, 2)))
    assert discounts(shop, placed.order_id) == ["9.98"]
    assert str(placed.total) == "0.00 EUR"


def test_an_order_begun_pending_only(shop: Shop) -> None:
    with pytest.raises(Conflict, match="cannot move from nothing to DELIVERED"):
        shop.sql(
            "INSERT INTO orders (customer_id, address_id, channel, status, total_amount)"
            " VALUES (1, 11, 'web', 'DELIVERED', 1)"
        )
    assert count(shop, "orders") == 0


def test_it_joins_the_callers_transaction(shop: Shop) -> None:
    before = everything(shop)
    with undone(shop.session):
        first = place_order(shop.session, request())
        with pytest.raises(Conflict):
            place_order(shop.session, request(OrderLine(3, 2)))
        # The refusal did not spoil the transaction.
        change_status(shop.session, first.order_id, "PAID")
        assert order_in(shop, "PAID") > first.order_id
    assert everything(shop) == before
