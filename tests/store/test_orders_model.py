"""Any sequence of orders, moves, restocks and price changes, against a model of dictionaries.

The model imports nothing of the store's rules: it has its own table of legal moves and its own
arithmetic in cents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aethermart.core.errors import Conflict
from aethermart.store.orders import (
    OrderLine,
    OrderRequest,
    cancel,
    change_status,
    place_order,
    return_order,
)
from aethermart.store.products import change_price, change_stock
from tests.store.shop import Shop, undone

MOVES = {
    ("PENDING", "PAID"),
    ("PENDING", "CANCELLED"),
    ("PAID", "SHIPPED"),
    ("PAID", "CANCELLED"),
    ("SHIPPED", "DELIVERED"),
    ("DELIVERED", "RETURNED"),
}
STATUSES = ("PENDING", "PAID", "SHIPPED", "DELIVERED", "CANCELLED", "RETURNED")


@dataclass
class Model:
    stock: dict[int, int] = field(default_factory=lambda: {1: 10, 2: 5, 3: 1})
    cents: dict[int, int] = field(default_factory=lambda: {1: 499, 2: 3500, 3: 10})
    status: dict[int, str] = field(default_factory=dict)
    bought: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    paid: dict[int, int] = field(default_factory=dict)  # cents an order
    refunded: int = 0


Line = tuple[int, int]  # product, quantity
Step = tuple[str, object]

lines = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("place"), lines),
        # The moves' weights: mostly onward, so that long lives occur.
        st.tuples(
            st.just("move"),
            st.tuples(st.integers(0, 9), st.sampled_from((*STATUSES, *STATUSES[1:4]))),
        ),
        st.tuples(st.just("restock"), st.tuples(st.integers(1, 3), st.integers(-2, 9))),
        st.tuples(st.just("price"), st.tuples(st.integers(1, 3), st.integers(0, 9999))),
    ),
    min_size=20,
    max_size=60,
)


def place(shop: Shop, model: Model, wanted: list[Line]) -> None:
    needs: dict[int, int] = {}
    for product, quantity in wanted:
        needs[product] = needs.get(product, 0) + quantity
    possible = all(model.stock[product] >= quantity for product, quantity in needs.items())
    request = OrderRequest(1, 11, "web", tuple(OrderLine(p, q) for p, q in wanted))
    if not possible:
        with pytest.raises(Conflict):
            place_order(shop.session, request)
        return
    placed = place_order(shop.session, request)
    for product, quantity in needs.items():
        model.stock[product] -= quantity
    cents = sum(model.cents[product] * quantity for product, quantity in wanted)
    assert placed.total.amount == Decimal(cents) / 100
    model.status[placed.order_id] = "PENDING"
    model.bought[placed.order_id] = wanted
    model.paid[placed.order_id] = cents


def move(shop: Shop, model: Model, turn: int, target: str) -> None:
    if not model.status:
        return
    order_id = sorted(model.status)[turn % len(model.status)]

    def act() -> None:
        if target == "CANCELLED":
            cancel(shop.session, order_id)
        elif target == "RETURNED":
            return_order(shop.session, order_id)
        else:
            change_status(shop.session, order_id, target)

    if (model.status[order_id], target) not in MOVES:
        with pytest.raises(Conflict):
            act()
        return
    act()
    model.status[order_id] = target
    if target in ("CANCELLED", "RETURNED"):
        for product, quantity in model.bought[order_id]:
            model.stock[product] += quantity
    if target == "RETURNED":
        model.refunded += model.paid[order_id]


def restock(shop: Shop, model: Model, product: int, change: int) -> None:
    if change == 0:
        return
    if model.stock[product] + change < 0:
        with pytest.raises(Conflict):
            change_stock(shop.session, product, change, "ADJUSTMENT")
        return
    change_stock(shop.session, product, change, "ADJUSTMENT")
    model.stock[product] += change


def compare(shop: Shop, model: Model) -> None:
    def numbers(query: str) -> dict[int, int]:
        return {key: int(value) for key, value in shop.sql(query)}

    stock = numbers("SELECT product_id, stock_quantity FROM products")
    assert stock == model.stock
    assert stock == numbers(
        "SELECT product_id, sum(quantity_change) FROM inventory_movements GROUP BY product_id"
    )
    assert dict(shop.sql("SELECT order_id, status FROM orders")) == model.status
    # The later event of an order comes later here and stays.
    assert model.status == dict(
        shop.sql("SELECT order_id, to_status FROM order_events ORDER BY order_event_id")
    )
    cents = numbers("SELECT order_id, 100 * total_amount FROM orders")
    assert cents == model.paid
    assert cents == numbers(
        "SELECT order_id, 100 * sum(line_total) FROM order_items GROUP BY order_id"
    )
    assert shop.one("SELECT coalesce(100 * sum(refund_amount), 0) FROM returns") == model.refunded


@pytest.mark.promise("11")
@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_stock_totals_and_statuses_are_the_models(shop: Shop, steps: list[Step]) -> None:
    model = Model()
    with undone(shop.session):
        for kind, what in steps:
            match kind, what:
                case "place", list(wanted):
                    place(shop, model, wanted)
                case "move", (int(turn), str(target)):
                    move(shop, model, turn, target)
                case "restock", (int(product), int(change)):
                    restock(shop, model, product, change)
                case "price", (int(product), int(cents)):
                    change_price(shop.session, product, Decimal(cents) / 100)
                    model.cents[product] = cents
        compare(shop, model)
