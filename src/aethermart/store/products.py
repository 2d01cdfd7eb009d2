"""The catalogue's moving parts: stock and price."""

from __future__ import annotations

from decimal import Decimal

from aethermart.store.session import StoreSession


def change_stock(
    session: StoreSession, product_id: int, change: int, reason: str = "RESTOCK"
) -> int:
    """Add `change`, negative to take away, and return the new stock.

    reason  RESTOCK or ADJUSTMENT
    Raises NotFound, Conflict (less than nothing left), BadInput (another reason, or no change).
    """
    (stock,) = session.call("sp_change_stock", product_id, change, reason)
    return int(stock)


def change_price(session: StoreSession, product_id: int, price: Decimal) -> None:
    """For orders placed from now on. Raises NotFound, BadInput (a negative price)."""
    session.call("sp_change_price", product_id, price)
