"""Products as a shopper sees them, read from silver: with their category, rating and stock.

What a shop does not say is unknown: silver has no columns of brand and attributes yet, so they are
what the description says in so many words, and nothing is made up. A product is hidden where its
shop says that it is not active.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import Any

import duckdb

from aethermart.sinks.search_index.described import attributes_of
from aethermart.sinks.search_index.shelf import Listed, ReadShelf, Shelf
from aethermart.skills.search.records import Product

# Grain: one product of a shop that breaks no rule. {only}: a condition on p.product_id, or none.
_PRODUCTS = """
SELECT
  p.product_id,
  p.sku,
  p.name,
  p.description,
  c.name AS category,
  p.category_id,
  p.price,
  p.currency,
  p.stock_quantity,
  p.is_active,
  r.rating,
  r.reviews
FROM silver.products AS p
LEFT JOIN (
  SELECT category_id, MIN(name) AS name FROM silver.categories WHERE shop = $shop
  GROUP BY category_id
) AS c
  ON c.category_id = p.category_id
LEFT JOIN (
  SELECT product_id, AVG(rating) AS rating, COUNT(*) AS reviews FROM silver.reviews AS p
  WHERE shop = $shop{only}
  GROUP BY product_id
) AS r
  ON r.product_id = p.product_id
WHERE p.shop = $shop{only}
"""
_ONLY = " AND p.product_id IN (SELECT UNNEST($ids))"
_CENT = Decimal("0.01")
_OFFSET = "SELECT log_offset, as_of FROM mirror._offsets WHERE shop = $shop"


def shelves(read: Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]) -> ReadShelf:
    """read  opens the lake in one state"""

    def of_shop(shop: str, ids: Sequence[str] | None) -> Shelf:
        with read() as connection:
            return read_shelf(connection, shop, ids)

    return of_shop


def read_shelf(
    connection: duckdb.DuckDBPyConnection, shop: str, ids: Sequence[str] | None
) -> Shelf:
    """Products of some ids, or (None) all of a shop, and how far the lake is, in one state."""
    bound: dict[str, Any] = {"shop": shop}
    if ids is not None:
        bound["ids"] = list(ids)
    rows = connection.execute(_PRODUCTS.format(only="" if ids is None else _ONLY), bound).fetchall()
    reflected = connection.execute(_OFFSET, {"shop": shop}).fetchone() or (0, None)
    return Shelf(reflected[0], reflected[1], [_listed(row) for row in rows])


def _listed(row: tuple[Any, ...]) -> Listed:
    uid, sku, name, description, category, category_id, price, currency, stock, active = row[:10]
    rating, reviews = row[10:]
    told = dict(attributes_of(description or ""))
    return Listed(
        Product(
            product_uid=uid,
            title=name or sku,
            description=description or "",
            brand=told.pop("brand", ""),
            attributes=told,
            # Where no category has the id, the shop may name its categories by their name alone.
            category=category or _word(category_id),
            price=_money(price),
            currency=currency or "",
            stock=stock,
            rating=None if rating is None else round(float(rating), 2),
            visible=active is not False,
        ),
        sku,
        reviews,
    )


def _money(price: Decimal | None) -> Decimal | None:
    """As shops write it: two places, more where silver's other two say something."""
    if price is None:
        return None
    return price if price % _CENT else price.quantize(_CENT)


def _word(category_id: str | None) -> str:
    return category_id if category_id and not category_id.isdigit() else ""
