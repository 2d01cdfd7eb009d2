"""A lake with hand-made mirror tables: what the mirror's sink would have written."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from aethermart.packs.pack import Shop
from aethermart.sinks.mirror.touched import Touched
from aethermart.warehouse.kept import compare_kept
from aethermart.warehouse.project import CompiledProject
from aethermart.warehouse.refresh import Refresh

ORDERED = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)

# What a row holds where a test does not care.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "orders": {
        "customer_id": 1,
        "address_id": 1,
        "channel": "web",
        "status": "PAID",
        "currency": "EUR",
        "ordered_at": ORDERED,
        "updated_at": ORDERED,
        "shipping_amount": Decimal("4.90"),
        "tax_amount": Decimal("1.00"),
        "total_amount": Decimal("100.00"),
    },
    "order_items": {
        "line_number": 1,
        "product_id": 1,
        "quantity": 1,
        "unit_price": Decimal("10.00"),
        "discount_amount": Decimal("0.00"),
        "line_total": Decimal("10.00"),
    },
    "order_events": {"to_status": "PENDING", "changed_at": ORDERED},
    "returns": {
        "quantity": 1,
        "refund_amount": Decimal("10.00"),
        "currency": "EUR",
        "returned_at": ORDERED,
    },
    "customer_addresses": {"customer_id": 1, "city": "Berlin", "country": "DE"},
    "customers": {"email": "ada@example.org"},
    "products": {"sku": "A-1", "name": "Pen", "price": Decimal("10.00"), "currency": "EUR"},
    "categories": {"name": "Pens"},
    "inventory_movements": {"product_id": 1, "quantity_change": -1, "moved_at": ORDERED},
    "suppliers": {"name": "Mill", "country": "PT", "email": "mill@example.org"},
    "product_suppliers": {
        "product_id": 1,
        "supplier_id": 1,
        "unit_cost": Decimal("4.00"),
        "currency": "EUR",
        "lead_time_days": 7,
        "is_primary": True,
    },
    "payments": {
        "order_id": 1,
        "method": "card",
        "status": "CAPTURED",
        "amount": Decimal("10.00"),
        "currency": "EUR",
        "paid_at": ORDERED,
    },
    "reviews": {
        "product_id": 1,
        "customer_id": 1,
        "rating": 4,
        "title": "Good",
        "reviewed_at": ORDERED,
    },
    "promotions": {
        "campaign": "May",
        "product_id": 1,
        "discount_percent": Decimal("10.00"),
        "starts_at": ORDERED,
        "ends_at": ORDERED + timedelta(days=7),
    },
    "exchange_rates": {
        "rate_date": date(2026, 3, 1),
        "currency": "USD",
        "quote_currency": "EUR",
        "rate": Decimal("0.9"),
    },
    "clickstream_events": {
        "session_id": "v1",
        "event_type": "page_view",
        "channel": "web",
        "device": "phone",
        "page": "/",
        "occurred_at": ORDERED,
    },
    "device_telemetry": {
        "device_id": "d-1",
        "device_type": "phone",
        "os": "iOS",
        "app_version": "4.2.0",
        "metric": "app_start_ms",
        "value": Decimal("800"),
        "recorded_at": ORDERED,
    },
    "social_posts": {
        "platform": "forum",
        "author": "user1",
        "body": "Nice.",
        "product_id": 1,
        "likes": 3,
        "posted_at": ORDERED,
    },
    "support_chats": {
        "customer_id": 1,
        "channel": "web",
        "topic": "delivery",
        "message_count": 3,
        "opened_at": ORDERED,
        "closed_at": ORDERED + timedelta(minutes=5),
    },
    "lines": {
        "StockCode": "85123A",
        "Description": "WHITE HANGING HEART T-LIGHT HOLDER",
        "Quantity": "6",
        "InvoiceDate": "2010-12-01 08:26:00",
        "UnitPrice": "2.55",
        "CustomerID": "17850.0",
        "Country": "United Kingdom",
    },
}


@contextmanager
def copied_lake(source: Path, file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a copy of a lake's file, with times as the engine tells them."""
    shutil.copy(source, file)
    with duckdb.connect(file) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@dataclass(repr=False)
class Lake:
    connection: duckdb.DuckDBPyConnection
    shops: tuple[Shop, ...]
    compiled: CompiledProject
    refresh: Refresh
    offset: int = 0

    def __repr__(self) -> str:
        return "Lake()"

    def put(self, table: str, shop: str = "aethermart", **columns: Any) -> None:
        """Add a row to the mirror, committed when the last of its times had come; no refresh."""
        row = _DEFAULTS[table] | columns
        told = [value for value in row.values() if isinstance(value, datetime) and value.tzinfo]
        committed = max([ORDERED, *told])
        row |= {"_position": self.offset, "_committed_at": committed, "_offset": self.offset}
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        self.connection.execute(
            f'INSERT INTO mirror."{shop}__{table}" ({names}) VALUES ({marks})', list(row.values())
        )

    def remove(self, table: str, shop: str = "aethermart", **key: object) -> None:
        ((name, value),) = key.items()
        self.connection.execute(f'DELETE FROM mirror."{shop}__{table}" WHERE "{name}" = ?', [value])

    def order(self, order_id: int, *totals: str, shop: str = "aethermart", **columns: Any) -> None:
        """An order with a line of each line total; line ids are 10 * order_id + ordinal."""
        self.put("orders", shop, order_id=order_id, **columns)
        for number, total in enumerate(totals, start=1):
            self.put(
                "order_items",
                shop,
                order_item_id=10 * order_id + number,
                order_id=order_id,
                line_number=number,
                unit_price=Decimal(total),
                line_total=Decimal(total),
            )

    def reflects(self, shop: str, as_of: datetime) -> None:
        self.connection.execute("DELETE FROM mirror._offsets WHERE shop = ?", [shop])
        self.connection.execute(
            "INSERT INTO mirror._offsets VALUES (?, ?, ?, ?, ?)", [shop, 1, as_of, as_of, as_of]
        )

    def applied(
        self,
        keys: Iterable[object] = (),
        shop: str = "aethermart",
        whole: bool = False,
        tables: tuple[str, ...] | None = None,
    ) -> None:
        """The mirror tells what it touched, in a transaction of its own."""
        self.connection.execute("BEGIN TRANSACTION")
        self.renew(keys, shop, whole, tables)
        self.connection.execute("COMMIT")

    def renew(
        self,
        keys: Iterable[object] = (),
        shop: str = "aethermart",
        whole: bool = False,
        tables: tuple[str, ...] | None = None,
    ) -> None:
        """The mirror tells what it touched, and the next batch begins."""
        touched = Touched(whole, tuple(str(key) for key in keys), tables)
        self.refresh.refresh(self.connection, {shop: touched})
        self.offset += 1

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, list(values)).fetchall()

    def differences(self) -> dict[str, tuple[int, int]]:
        """Kept tables that are not what their view is."""
        return {
            d.name: (d.only_in_table, d.only_in_view)
            for d in compare_kept(self.connection, self.compiled)
            if d.only_in_table or d.only_in_view
        }
