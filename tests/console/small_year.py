"""Rows of two shops' small year, for pages to show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.warehouse.lake import Lake

NOW = datetime.now(UTC).replace(microsecond=0)
MONDAY = (NOW - timedelta(days=NOW.weekday(), weeks=4)).replace(hour=12, minute=0, second=0)


def fill(lake: Lake) -> None:
    """Two shops' small year: EUR with all tables, GBP of invoice lines alone.

    Berlin 600.00 of a premium order and 40.00; Paris 10.10; one cancelled in Paris; Berlin's 40.00
    is PENDING for two days. A refund of 4.00 in Berlin.
    """
    lake.put("customer_addresses", address_id=1, latitude=52.517389, longitude=13.395131)
    lake.put(
        "customer_addresses",
        address_id=2,
        city="Paris",
        country="FR",
        latitude=48.8566,
        longitude=2.3522,
    )
    lake.put("categories", category_id=1)
    lake.put("products", product_id=1, name="Lamp", sku="L-1", category_id=1)
    lake.put("suppliers", supplier_id=1)
    lake.put("product_suppliers", product_supplier_id=1, unit_cost=Decimal("0.10"))
    whole: dict[str, Any] = {
        "total_amount": Decimal("600.00"),
        "status": "DELIVERED",
        "ordered_at": MONDAY,
    }
    lake.order(1, "600.00", **whole)
    pending: dict[str, Any] = {"total_amount": Decimal("40.00"), "status": "PENDING"}
    lake.order(2, "40.00", ordered_at=NOW - timedelta(days=2), **pending)
    small: dict[str, Any] = {
        "address_id": 2,
        "total_amount": Decimal("10.10"),
        "ordered_at": MONDAY,
    }
    lake.order(3, "10.00", "0.10", **small)
    lake.order(4, "70.00", **small | {"status": "CANCELLED"})
    lake.put("returns", return_id=1, order_id=1, order_item_id=11, refund_amount=Decimal("4.00"))
    lake.put("reviews", review_id=1, reviewed_at=MONDAY)
    lake.put("payments", payment_id=1, order_id=1, amount=Decimal("600.00"), paid_at=MONDAY)
    lake.put("order_events", order_event_id=1, order_id=1, changed_at=MONDAY)
    steps = ("page_view", "product_view", "add_to_cart", "checkout", "purchase")
    number = 0
    for session, reached in (("v1", 5), ("v2", 3), ("v3", 1), ("v4", 1)):
        for step in steps[:reached]:
            number += 1
            lake.put(
                "clickstream_events",
                event_id=number,
                session_id=session,
                event_type=step,
                product_id=1 if step == "product_view" else None,
                order_id=1 if step == "purchase" else None,
                device="desktop" if session == "v1" else "phone",
                occurred_at=MONDAY,
            )
    lake.put("social_posts", post_id=1, posted_at=MONDAY)
    campaign: dict[str, Any] = {
        "starts_at": MONDAY - timedelta(days=1),
        "ends_at": MONDAY + timedelta(days=6),
    }
    lake.put("promotions", promotion_id=1, campaign="Spring", **campaign)
    lake.reflects("aethermart", NOW)
    lake.reflects("online_retail", NOW)
    lake.put("lines", "online_retail", line_number=1, InvoiceNo="536365")
    lake.applied(whole=True)
    lake.applied(whole=True, shop="online_retail")
