"""Customers, products and orders by hand, for views and procedures to count."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.store.mariadb.conftest import write

if TYPE_CHECKING:
    from aethermart.store.mariadb.session import MariadbSession


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def shop(session: MariadbSession, products: int = 6, customers: int = 3) -> None:
    """Products P1 … and customers 1 … with an address each, 11 …"""
    write(session, "categories", {"category_id": 1, "name": "All"})
    write(
        session,
        "products",
        *(
            {
                "product_id": n,
                "sku": f"P{n}",
                "name": f"Product {n}",
                "category_id": 1,
                "price": n,
                "stock_quantity": 10 * n,
            }
            for n in range(1, products + 1)
        ),
    )
    for n in range(1, customers + 1):
        write(
            session,
            "customers",
            {
                "customer_id": n,
                "email": f"ada{n}@example.org",
                "first_name": f"Ada{n}",
                "last_name": "Byron",
                "phone": "+44 20 7946 0000" if n == 1 else None,
                "created_at": day("2026-01-31 23:30"),
            },
        )
        write(
            session,
            "customer_addresses",
            {
                "address_id": 10 + n,
                "customer_id": n,
                "street": f"Long Lane {n}",
                "city": "London",
                "postal_code": "E1 6AN",
                "country": "GB",
            },
        )


def order(
    session: MariadbSession,
    order_id: int,
    at: str,
    *lines: tuple[int, int, str],
    status: str = "DELIVERED",
    currency: str = "EUR",
    customer: int = 1,
    channel: str = "web",
) -> None:
    """lines  (product, quantity, unit price); the line n of order 7 has the id 700 + n"""
    write(
        session,
        "orders",
        {
            "order_id": order_id,
            "customer_id": customer,
            "address_id": 10 + customer,
            "channel": channel,
            "status": status,
            "currency": currency,
            "ordered_at": day(at),
            "shipping_amount": 5,
            "tax_amount": 2,
            "total_amount": 7 + sum(n * Decimal(price) for _, n, price in lines),
        },
    )
    write(
        session,
        "order_items",
        *(
            {
                "order_item_id": order_id * 100 + number,
                "order_id": order_id,
                "line_number": number,
                "product_id": product,
                "quantity": quantity,
                "unit_price": Decimal(price),
            }
            for number, (product, quantity, price) in enumerate(lines, start=1)
        ),
    )


def refund(
    session: MariadbSession,
    line: int,
    at: str,
    amount: str,
    quantity: int = 1,
    currency: str = "EUR",
) -> None:
    write(
        session,
        "returns",
        {
            "order_id": line // 100,
            "order_item_id": line,
            "quantity": quantity,
            "refund_amount": Decimal(amount),
            "currency": currency,
            "returned_at": day(at),
            "reason": "unspecified",
        },
    )
