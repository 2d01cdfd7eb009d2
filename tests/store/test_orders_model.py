"""Any sequence of orders, moves, restocks and price changes, against a model of dictionaries.

The model imports nothing of the store's rules: it has its own table of legal moves and its own
arithmetic in cents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import psycopg
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

pytestmark = pytest.mark.service("postgres")

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


def place(shop: psycopg.Connection, model: Model, wanted: list[Line]) -> None:
    needs: dict[int, int] = {}
    for product, quantity in wanted:
        needs[product] = needs.get(product, 0) + quantity
    possible = all(model.stock[product] >= quantity for product, quantity in needs.items())
    request = OrderRequest(1, 11, "web", tuple(OrderLine(p, q) for p, q in wanted))
    if not possible:
        with pytest.raises(Conflict):
            place_order(shop, request)
        return
    placed = place_order(shop, request)
    for product, quantity in needs.items():
        model.stock[product] -= quantity
    cents = sum(model.cents[product] * quantity for product, quantity in wanted)
    assert placed.total.amount == Decimal(cents) / 100
    model.status[placed.order_id] = "PENDING"
    model.bought[placed.order_id] = wanted
    model.paid[placed.order_id] = cents


def move(shop: psycopg.Connection, model: Model, turn: int, target: str) -> None:
    if not model.status:
        return
    order_id = sorted(model.status)[turn % len(model.status)]

    def act() -> None:
        if target == "CANCELLED":
            cancel(shop, order_id)
        elif target == "RETURNED":
            return_order(shop, order_id)
        else:
            change_status(shop, order_id, target)

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


def restock(shop: psycopg.Connection, model: Model, product: int, change: int) -> None:
    if change == 0:
        return
    if model.stock[product] + change < 0:
        with pytest.raises(Conflict):
            change_stock(shop, product, change, "ADJUSTMENT")
        return
    change_stock(shop, product, change, "ADJUSTMENT")
    model.stock[product] += change


def compare(shop: psycopg.Connection, model: Model) -> None:
    def pairs(query: bytes) -> dict[int, object]:
        return dict[int, object](shop.execute(query).fetchall())

    stock = pairs(b"SELECT product_id, stock_quantity FROM products")
    assert stock == model.stock
    assert stock == pairs(
        b"SELECT product_id, sum(quantity_change)::int FROM inventory_movements GROUP BY 1"
    )
    assert pairs(b"SELECT order_id, status FROM orders") == model.status
    assert model.status == pairs(
        b"SELECT DISTINCT ON (order_id) order_id, to_status FROM order_events"
        b" ORDER BY order_id, order_event_id DESC"
    )
    cents = pairs(b"SELECT order_id, (100 * total_amount)::int FROM orders")
    assert cents == model.paid
    assert cents == pairs(
        b"SELECT order_id, (100 * sum(line_total))::int FROM order_items GROUP BY 1"
    )
    refunded = shop.execute("SELECT coalesce(100 * sum(refund_amount), 0)::int FROM returns")
    assert refunded.fetchone() == (model.refunded,)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_stock_totals_and_statuses_are_the_models(
    shop: psycopg.Connection, steps: list[Step]
) -> None:
    model = Model()
    with shop.transaction(force_rollback=True):
        for kind, what in steps:
            match kind, what:
                case "place", list(wanted):
                    place(shop, model, wanted)
                case "move", (int(turn), str(target)):
                    move(shop, model, turn, target)
                case "restock", (int(product), int(change)):
                    restock(shop, model, product, change)
                case "price", (int(product), int(cents)):
                    change_price(shop, product, Decimal(cents) / 100)
                    model.cents[product] = cents
        compare(shop, model)
