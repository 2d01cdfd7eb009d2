"""The catalogue's moving parts: stock and price."""

from __future__ import annotations

from decimal import Decimal

import psycopg

from aethermart.core.errors import NotFound
from aethermart.store.statements import run


def change_stock(
    connection: psycopg.Connection, product_id: int, change: int, reason: str = "RESTOCK"
) -> int:
    """Add `change`, negative to take away, and return the new stock.

    reason  RESTOCK or ADJUSTMENT
    Raises NotFound, Conflict (less than nothing left), BadInput (another reason, or no change).
    """
    statement = "SELECT sp_change_stock(%(product_id)s, %(change)s, %(reason)s)"
    values = {"product_id": product_id, "change": change, "reason": reason}
    (stock,) = run(connection, statement, values)
    return int(stock)


def change_price(connection: psycopg.Connection, product_id: int, price: Decimal) -> None:
    """For orders placed from now on. Raises NotFound, BadInput (a negative price)."""
    statement = """
        WITH changed AS (
            UPDATE products SET price = %(price)s WHERE product_id = %(product_id)s
            RETURNING product_id
        )
        SELECT count(*) FROM changed
    """
    (changed,) = run(connection, statement, {"product_id": product_id, "price": price})
    if changed == 0:
        raise NotFound(f"there is no product {product_id}", fix="choose a product of the catalogue")
