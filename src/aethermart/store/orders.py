"""Orders: placed, moved on, cancelled, returned. The rules stand in the database's procedures.

Each call is one transaction of its own, or part of the caller's if the caller holds one open.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import psycopg
from psycopg.types.json import Jsonb

from aethermart.core.money import Money
from aethermart.store.statements import run

Channel = Literal["web", "mobile", "popup", "partner"]
Status = Literal["PENDING", "PAID", "SHIPPED", "DELIVERED", "CANCELLED", "RETURNED"]

# The database's own rule, fn_order_status_move_is_legal; a test holds the two together.
LEGAL_MOVES: dict[Status, tuple[Status, ...]] = {
    "PENDING": ("PAID", "CANCELLED"),
    "PAID": ("SHIPPED", "CANCELLED"),
    "SHIPPED": ("DELIVERED",),
    "DELIVERED": ("RETURNED",),
    "CANCELLED": (),
    "RETURNED": (),
}


@dataclass(frozen=True, slots=True)
class OrderLine:
    product_id: int
    quantity: int
    discount_amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What a customer wants; the prices are those of the moment it is placed.

    channel          web, mobile, popup or partner; the store refuses any other
    idempotency_key  a repeat with the same key returns the first order and changes nothing
    tax_rate         of the lines' sum: 0.19 for 19 %
    """

    customer_id: int
    address_id: int
    channel: str
    lines: tuple[OrderLine, ...]
    idempotency_key: str | None = None
    currency: str = "EUR"
    shipping_amount: Decimal = Decimal(0)
    tax_rate: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    order_id: int
    total: Money  # lines, shipping and tax
    repeated: bool  # the key had placed it before


_PLACE = """
SELECT o.order_id, o.total_amount, o.currency, o.repeated
FROM sp_place_order(
    %(customer_id)s, %(address_id)s, %(channel)s, %(items)s,
    %(idempotency_key)s, %(currency)s, %(shipping_amount)s, %(tax_rate)s
) AS o
"""


def place_order(connection: psycopg.Connection, request: OrderRequest) -> PlacedOrder:
    """Place the order whole or not at all.

    Raises NotFound (product, customer, address), Conflict (stock, currency, a key used for another
    order), BadInput (no lines, channel, quantity, discount), Transient when nothing was done.
    """
    items = [
        {
            "product_id": line.product_id,
            "quantity": line.quantity,
            "discount_amount": str(line.discount_amount),
        }
        for line in request.lines
    ]
    order_id, total, currency, repeated = run(
        connection,
        _PLACE,
        {
            "customer_id": request.customer_id,
            "address_id": request.address_id,
            "channel": request.channel,
            "items": Jsonb(items),
            "idempotency_key": request.idempotency_key,
            "currency": request.currency,
            "shipping_amount": request.shipping_amount,
            "tax_rate": request.tax_rate,
        },
    )
    return PlacedOrder(order_id, Money(total, currency), repeated)


def change_status(connection: psycopg.Connection, order_id: int, status: str) -> str:
    """Move an order on and return the status it had. Raises Conflict (illegal move), NotFound."""
    statement = "SELECT sp_change_order_status(%(order_id)s, %(status)s)"
    (previous,) = run(connection, statement, {"order_id": order_id, "status": status})
    return str(previous)


def cancel(connection: psycopg.Connection, order_id: int) -> str:
    """Cancel an order, put its goods back, return the status it had.

    Raises Conflict (shipped already, or ended), NotFound.
    """
    (previous,) = run(connection, "SELECT sp_cancel_order(%(order_id)s)", {"order_id": order_id})
    return str(previous)


def return_order(
    connection: psycopg.Connection, order_id: int, reason: str = "unspecified"
) -> Decimal:
    """Take back every line of a delivered order and its goods; return what is refunded.

    In the order's currency, without shipping and tax. Raises Conflict (not DELIVERED), NotFound.
    """
    statement = "SELECT sp_return_order(%(order_id)s, %(reason)s)"
    (refund,) = run(connection, statement, {"order_id": order_id, "reason": reason})
    return Decimal(refund)
