"""Orders: placed, moved on, cancelled, returned. The rules stand in the database's procedures.

Each call is one transaction of its own, or part of the caller's if the caller holds one open.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from aethermart.core.money import Money
from aethermart.store.session import StoreSession

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
    """discount_amount  None: that of the promotion that runs, if any"""

    product_id: int
    quantity: int
    discount_amount: Decimal | None = None


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


def place_order(session: StoreSession, request: OrderRequest) -> PlacedOrder:
    """Place the order whole or not at all.

    Raises NotFound (product, customer, address), Conflict (stock, currency, a key used for another
    order), BadInput (no lines, channel, quantity, discount), Transient when nothing was done.
    """
    order_id, total, currency, repeated = session.call(
        "sp_place_order",
        request.customer_id,
        request.address_id,
        request.channel,
        [_item(line) for line in request.lines],
        request.idempotency_key,
        request.currency,
        request.shipping_amount,
        request.tax_rate,
    )
    return PlacedOrder(int(order_id), Money(total, currency), bool(repeated))


def _item(line: OrderLine) -> dict[str, object]:
    discount = line.discount_amount
    return {
        "product_id": line.product_id,
        "quantity": line.quantity,
        "discount_amount": None if discount is None else str(discount),
    }


def change_status(session: StoreSession, order_id: int, status: str) -> str:
    """Move an order on and return the status it had. Raises Conflict (illegal move), NotFound."""
    (previous,) = session.call("sp_change_order_status", order_id, status)
    return str(previous)


def cancel(session: StoreSession, order_id: int) -> str:
    """Cancel an order, put its goods back, return the status it had.

    Raises Conflict (shipped already, or ended), NotFound.
    """
    (previous,) = session.call("sp_cancel_order", order_id)
    return str(previous)


def return_order(session: StoreSession, order_id: int, reason: str = "unspecified") -> Decimal:
    """Take back every line of a delivered order and its goods; return what is refunded.

    In the order's currency, without shipping and tax. Raises Conflict (not DELIVERED), NotFound.
    """
    (refund,) = session.call("sp_return_order", order_id, reason)
    return Decimal(refund)
