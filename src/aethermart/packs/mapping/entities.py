"""The canonical columns of the entities that are guessed, with the types silver gives them.

The warehouse's macro `entity_columns` has the same words, and those that a pack may leave out
(OPTIONAL_COLUMNS), which are not guessed; a test holds the two together.
"""

from __future__ import annotations

_ID = "VARCHAR"
_MONEY = "DECIMAL(18,2)"
_TIME = "TIMESTAMPTZ"

ENTITY_COLUMNS: dict[str, dict[str, str]] = {
    "orders": {
        "order_id": _ID,
        "customer_id": _ID,
        "address_id": _ID,
        "channel": "VARCHAR",
        "status": "VARCHAR",
        "currency": "VARCHAR",
        "country": "VARCHAR",
        "city": "VARCHAR",
        "ordered_at": _TIME,
        "updated_at": _TIME,
        "shipping_amount": _MONEY,
        "tax_amount": _MONEY,
        "total_amount": _MONEY,
    },
    "order_items": {
        "line_id": _ID,
        "order_id": _ID,
        "line_number": "BIGINT",
        "product_id": _ID,
        "quantity": "BIGINT",
        "unit_price": "DECIMAL(18,4)",
        "discount_amount": _MONEY,
        "line_total": _MONEY,
    },
    "customers": {
        "customer_id": _ID,
        "email": "VARCHAR",
        "first_name": "VARCHAR",
        "last_name": "VARCHAR",
        "phone": "VARCHAR",
        "created_at": _TIME,
        "updated_at": _TIME,
    },
    "products": {
        "product_id": _ID,
        "sku": "VARCHAR",
        "name": "VARCHAR",
        "description": "VARCHAR",
        "category_id": _ID,
        "price": "DECIMAL(18,4)",
        "currency": "VARCHAR",
        "stock_quantity": "BIGINT",
        "is_active": "BOOLEAN",
        "created_at": _TIME,
        "updated_at": _TIME,
    },
    "categories": {"category_id": _ID, "name": "VARCHAR", "parent_id": _ID},
    "addresses": {
        "address_id": _ID,
        "customer_id": _ID,
        "street": "VARCHAR",
        "city": "VARCHAR",
        "postal_code": "VARCHAR",
        "country": "VARCHAR",
        "latitude": "DECIMAL(9,6)",
        "longitude": "DECIMAL(9,6)",
    },
    "returns": {
        "return_id": _ID,
        "document_number": "VARCHAR",
        "order_id": _ID,
        "line_id": _ID,
        "product_id": _ID,
        "customer_id": _ID,
        "channel": "VARCHAR",
        "country": "VARCHAR",
        "quantity": "BIGINT",
        "unit_price": "DECIMAL(18,4)",
        "refund_amount": _MONEY,
        "currency": "VARCHAR",
        "reason": "VARCHAR",
        "returned_at": _TIME,
    },
    "order_status_changes": {
        "change_id": _ID,
        "order_id": _ID,
        "from_status": "VARCHAR",
        "to_status": "VARCHAR",
        "changed_at": _TIME,
    },
    "inventory_movements": {
        "movement_id": _ID,
        "product_id": _ID,
        "quantity_change": "BIGINT",
        "reason": "VARCHAR",
        "order_id": _ID,
        "moved_at": _TIME,
    },
}
# A row without one of these is quarantined: an entity that lacks one cannot be given.
REQUIRED: dict[str, tuple[str, ...]] = {
    "orders": ("order_id", "ordered_at"),
    "order_items": ("line_id", "order_id", "quantity", "unit_price", "line_total"),
    "customers": ("customer_id",),
    "products": ("product_id", "sku"),
    "categories": ("category_id", "name"),
    "addresses": ("address_id",),
    "returns": ("return_id", "document_number", "quantity", "refund_amount", "returned_at"),
    "order_status_changes": ("change_id", "order_id", "to_status", "changed_at"),
    "inventory_movements": ("movement_id", "product_id", "quantity_change", "moved_at"),
}
PII: dict[tuple[str, str], str] = {
    ("customers", "email"): "email",
    ("customers", "first_name"): "name",
    ("customers", "last_name"): "name",
    ("customers", "phone"): "phone",
    ("addresses", "street"): "address",
    ("addresses", "postal_code"): "address",
    ("addresses", "latitude"): "location",
    ("addresses", "longitude"): "location",
    ("returns", "reason"): "free_text",
}
# What is lost with an entity, or with one of its columns.
COSTS: dict[str, str] = {
    "orders": "every number of sales: revenue, orders, average order value, stuck orders",
    "order_items": "revenue and average order value",
    "customers": "who bought: the customers' names and contacts; no number of sales",
    "products": "products' names and prices; no number of sales",
    "categories": "sales by category",
    "addresses": "sales by country and city where the order itself does not say them",
    "returns": "refunds: revenue is before refunds",
    "order_status_changes": "how long an order stays in a status",
    "inventory_movements": "the history of stock",
    "orders.status": "orders by status and stuck orders; cancelled orders cannot be told: revenue "
    "and order counts include them",
    "orders.customer_id": "sales by customer",
    "orders.country": "revenue and orders by country",
    "orders.city": "sales by city",
    "orders.currency": "nothing, if every order is in the shop's currency",
    "order_items.product_id": "sales by product",
    "products.category_id": "sales by category",
    "order_items.line_total": "revenue and average order value",
    "orders.ordered_at": "every number of sales: an order needs its time",
}


def cost_of(entity: str, column: str | None = None) -> str:
    return COSTS.get(f"{entity}.{column}" if column else entity, "")
