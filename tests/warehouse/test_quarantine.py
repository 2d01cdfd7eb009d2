"""Rules: what breaks one is set aside with its reason, and every source row is in one place."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from aethermart.warehouse.metrics.query import query_metric
from aethermart.warehouse.quality import run_tests
from aethermart.warehouse.reconcile import count_lake
from tests.warehouse.lake import ORDERED, Lake


def rules(lake: Lake) -> list[tuple[str, str, str]]:
    """(source table, row key, rule), sorted."""
    return sorted(lake.rows("SELECT source_table, row_key, rule FROM silver.quarantine"))


@pytest.mark.promise("104")
def test_an_order_with_a_negative_total_is_set_aside_with_all_that_belongs_to_it(
    lake: Lake,
) -> None:
    lake.order(1, "10.00")
    lake.order(2, "20.00", "30.00", total_amount=Decimal("-0.01"))
    lake.put("order_events", order_event_id=1, order_id=2)
    lake.put("returns", return_id=1, order_id=2, refund_amount=Decimal("5.00"))
    lake.applied(whole=True)
    assert rules(lake) == [
        ("order_events", "1", "order_quarantined"),
        ("order_items", "21", "order_quarantined"),
        ("order_items", "22", "order_quarantined"),
        ("orders", "2", "order_total_not_negative"),
        ("returns", "1", "order_quarantined"),
    ]
    answer = query_metric(lake.connection, "revenue", "aethermart", None, None, None, ORDERED)
    assert [row.value for row in answer.rows] == [Decimal("10.00")]
    assert answer.quality.quarantined_rows == 5


@pytest.mark.promise("104")
def test_an_order_that_is_put_right_comes_back(lake: Lake) -> None:
    lake.order(2, "20.00", total_amount=Decimal("-0.01"))
    lake.applied([2])
    assert lake.rows("SELECT COUNT(*) FROM gold.fct_sales") == [(0,)]
    lake.connection.execute("UPDATE mirror.aethermart__orders SET total_amount = 0.00")
    lake.applied([2])
    assert lake.rows("SELECT line_total FROM gold.fct_sales") == [(Decimal("20.00"),)]
    assert lake.rows("SELECT COUNT(*) FROM gold.fct_quarantine") == [(0,)]


def test_the_quarantined_row_is_kept_as_it_was_captured_with_its_amount(lake: Lake) -> None:
    lake.order(2, "20.00", total_amount=Decimal("-1.00"), currency="USD")
    assert lake.rows(
        "SELECT entity, amount, currency, source_row ->> 'order_id', "
        "source_row ->> 'total_amount', source_row ->> 'line_total' "
        "FROM silver.quarantine ORDER BY entity"
    ) == [
        ("order_items", Decimal("20.00"), "EUR", "2", None, "20.0"),
        ("orders", None, None, "2", "-1.0", None),
    ]


def test_lines_and_returns_without_their_order_are_orphans(lake: Lake) -> None:
    lake.put("order_items", order_item_id=1, order_id=404)
    lake.put("returns", return_id=1, order_id=404)
    lake.put("order_events", order_event_id=1, order_id=404)
    lake.put("order_items", order_item_id=2)
    assert rules(lake) == [
        ("order_events", "1", "order_missing"),
        ("order_items", "1", "order_missing"),
        ("order_items", "2", "missing_order_id"),
        ("returns", "1", "order_missing"),
    ]


def test_all_copies_of_a_repeated_key_are_set_aside(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.order(2, "1.00")
    lake.put("orders", order_id=2, status="SHIPPED")
    lake.put("order_items", order_item_id=11, order_id=1)
    assert rules(lake) == [
        ("order_items", "11", "duplicate_key"),
        ("order_items", "11", "duplicate_key"),
        ("order_items", "21", "order_quarantined"),
        ("orders", "2", "duplicate_key"),
        ("orders", "2", "duplicate_key"),
    ]


@pytest.mark.promise("92")
def test_rows_without_key_price_or_time_break_a_rule_by_name(lake: Lake) -> None:
    lake.put("products", product_id=1, price=Decimal("-0.01"))
    lake.put("products", product_id=2, sku=None)
    lake.put("customers", customer_id=None)
    lake.put("orders", order_id=1, ordered_at=None)
    lake.put("orders", order_id=2, status="LOST")
    lake.put("returns", return_id=1, order_id=None)
    lake.put("inventory_movements", movement_id=1, quantity_change=None)
    lake.put("categories", category_id=1, name=None)
    assert sorted(lake.rows("SELECT source_table, rule FROM silver.quarantine")) == [
        ("categories", "missing_name"),
        ("customers", "missing_key"),
        ("inventory_movements", "missing_quantity_change"),
        ("orders", "missing_ordered_at"),
        ("orders", "order_status_known"),
        ("products", "missing_sku"),
        ("products", "product_price_not_negative"),
        ("returns", "missing_document_number"),
    ]


@pytest.mark.nightly
def test_each_of_the_newer_entities_has_its_rules(lake: Lake) -> None:
    """A sound row of each is kept, a broken one set aside by its rule's name."""
    lake.put("suppliers", supplier_id=1)
    lake.put("suppliers", supplier_id=2, name=None)
    lake.put("product_suppliers", product_supplier_id=1)
    lake.put("product_suppliers", product_supplier_id=2, unit_cost=Decimal("-0.01"))
    lake.put("product_suppliers", product_supplier_id=3, lead_time_days=-1)
    lake.put("payments", payment_id=1)
    lake.put("payments", payment_id=2, amount=Decimal("-0.01"))
    lake.put("payments", payment_id=3, status="LOST")
    lake.put("payments", payment_id=4, paid_at=None)
    lake.put("reviews", review_id=1, rating=5)
    lake.put("reviews", review_id=2, rating=0)
    lake.put("reviews", review_id=3, rating=6)
    lake.put("promotions", promotion_id=1)
    lake.put("promotions", promotion_id=2, discount_percent=Decimal("100.01"))
    lake.put("promotions", promotion_id=3, ends_at=ORDERED, starts_at=ORDERED)
    lake.put("exchange_rates", rate_id=1)
    lake.put("exchange_rates", rate_id=2, rate=Decimal("0"))
    lake.put("exchange_rates", rate_id=3, quote_currency="USD")
    lake.put("clickstream_events", event_id=1)
    lake.put("clickstream_events", event_id=2, event_type="yawn")
    lake.put("clickstream_events", event_id=3, session_id=None)
    lake.put("device_telemetry", telemetry_id=1)
    lake.put("device_telemetry", telemetry_id=2, metric=None)
    lake.put("social_posts", post_id=1)
    lake.put("social_posts", post_id=2, likes=-1)
    lake.put("support_chats", chat_id=1)
    lake.put("support_chats", chat_id=2, closed_at=ORDERED - timedelta(seconds=1))
    lake.put("support_chats", chat_id=3, satisfaction=6)
    lake.applied(whole=True)
    assert rules(lake) == [
        ("clickstream_events", "2", "event_type_known"),
        ("clickstream_events", "3", "missing_session_id"),
        ("device_telemetry", "2", "missing_metric"),
        ("exchange_rates", "2", "rate_positive"),
        ("exchange_rates", "3", "rate_between_two_currencies"),
        ("payments", "2", "payment_amount_not_negative"),
        ("payments", "3", "payment_status_known"),
        ("payments", "4", "missing_paid_at"),
        ("product_suppliers", "2", "unit_cost_not_negative"),
        ("product_suppliers", "3", "lead_time_not_negative"),
        ("promotions", "2", "discount_from_0_to_100"),
        ("promotions", "3", "promotion_ends_after_its_start"),
        ("reviews", "2", "rating_from_1_to_5"),
        ("reviews", "3", "rating_from_1_to_5"),
        ("social_posts", "2", "likes_not_negative"),
        ("suppliers", "2", "missing_name"),
        ("support_chats", "2", "chat_closes_after_it_opens"),
        ("support_chats", "3", "satisfaction_from_1_to_5"),
    ]
    for table in lake.shops[0].pack.tables.values():
        if table.name in {source for source, _, _ in rules(lake)}:
            (entity,) = table.feeds
            assert lake.rows(f"SELECT COUNT(*) FROM silver.{entity}") == [(1,)]
    assert [test for test in run_tests(lake.connection, lake.compiled) if test.failing_rows] == []


def test_what_was_put_right_leaves_the_kept_quarantine_and_nothing_else_moves(
    lake: Lake,
) -> None:
    lake.put("reviews", review_id=1, rating=9)
    lake.put("reviews", review_id=None)
    lake.put("payments", payment_id=None)
    lake.put("payments", payment_id=2, amount=Decimal("-1.00"))
    lake.applied(tables=("reviews", "payments"))
    assert lake.rows("SELECT COUNT(*) FROM gold.fct_quarantine") == [(4,)]
    lake.connection.execute("DELETE FROM mirror.aethermart__reviews")
    lake.applied(tables=("reviews",))
    assert lake.rows("SELECT entity, row_key FROM gold.fct_quarantine ORDER BY row_key") == [
        ("payments", "2"),
        ("payments", None),
    ]
    assert lake.differences() == {}


def test_a_refund_below_nothing_is_set_aside(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.put("returns", return_id=7, order_id=1, refund_amount=Decimal("-3.00"))
    assert rules(lake) == [("returns", "7", "refund_not_negative")]
    assert lake.rows("SELECT amount FROM silver.quarantine") == [(Decimal("3.00"),)]


@pytest.mark.parametrize(
    "column, text, rule",
    [
        ("Quantity", "six", "unreadable_Quantity"),
        ("Quantity", "6.5", "unreadable_Quantity"),
        ("Quantity", "", "missing_quantity"),
        ("UnitPrice", "2,55", "unreadable_UnitPrice"),
        ("UnitPrice", "2.55555", "unreadable_UnitPrice"),
        ("UnitPrice", "", "missing_unit_price"),
        ("InvoiceDate", "01/12/2010 8:26", "unreadable_InvoiceDate"),
        ("CustomerID", "17850.5", "unreadable_CustomerID"),
        ("InvoiceNo", "", "missing_order_id"),
        ("InvoiceNo", None, "missing_order_id"),
        ("InvoiceNo", "A563185", "accounting_adjustment"),
    ],
)
def test_text_that_does_not_read_as_its_type_is_set_aside(
    lake: Lake, column: str, text: str | None, rule: str
) -> None:
    lake.put("lines", "online_retail", line_number=1, InvoiceNo="536365")
    broken = {"line_number": 2, "InvoiceNo": "536365"} | {column: text}
    lake.put("lines", "online_retail", **broken)
    assert rules(lake) == [("lines", "2", rule)]
    assert lake.rows("SELECT line_total FROM silver.order_items") == [(Decimal("15.30"),)]


def test_halves_of_a_penny_are_rounded_away_from_zero(lake: Lake) -> None:
    prices = {"536365": ("1", "0.005"), "536366": ("-1", "0.005"), "C536367": ("-1", "0.005")}
    for number, (invoice, (quantity, price)) in enumerate(prices.items()):
        lake.put(
            "lines",
            "online_retail",
            line_number=number,
            InvoiceNo=invoice,
            Quantity=quantity,
            UnitPrice=price,
        )
    assert lake.rows(
        "SELECT document_id, line_kind, quantity, line_total FROM gold.v_fct_sales ORDER BY 1"
    ) == [
        ("536365", "sale", 1, Decimal("0.01")),
        ("536366", "sale", -1, Decimal("-0.01")),
        ("C536367", "refund", -1, Decimal("-0.01")),
    ]


def test_every_source_row_is_kept_or_quarantined_never_both(lake: Lake) -> None:
    lake.order(1, "10.00", "5.00")
    lake.order(2, "20.00", total_amount=Decimal("-1.00"))
    lake.put("order_items", order_item_id=1, order_id=404)
    lake.put("returns", return_id=1, order_id=1, refund_amount=Decimal("2.00"))
    lake.put("products", product_id=1, price=Decimal("-1.00"))
    for number, invoice in enumerate(["536365", "536365", "C536379", "A563185", ""]):
        quantity = "-6" if invoice.startswith("C") else "6"
        lake.put("lines", "online_retail", line_number=number, InvoiceNo=invoice, Quantity=quantity)
    counts = count_lake(lake.connection, lake.shops)
    store = counts["aethermart"]
    assert {t: (store.kept[t], store.quarantined[t]) for t in store.kept} == {
        "categories": (0, 0),
        "products": (0, 1),
        "customers": (0, 0),
        "customer_addresses": (0, 0),
        "orders": (1, 1),
        "order_items": (2, 2),
        "order_events": (0, 0),
        "returns": (1, 0),
        "inventory_movements": (0, 0),
        "suppliers": (0, 0),
        "product_suppliers": (0, 0),
        "payments": (0, 0),
        "reviews": (0, 0),
        "promotions": (0, 0),
        "exchange_rates": (0, 0),
        "clickstream_events": (0, 0),
        "device_telemetry": (0, 0),
        "social_posts": (0, 0),
        "support_chats": (0, 0),
    }
    assert store.orders == 1
    assert store.revenue == {"EUR": Decimal("13.00")}
    assert store.line_total_kept == {"EUR": Decimal("15.00")}
    assert store.line_total_quarantined == {"EUR": Decimal("30.00")}
    assert counts["online_retail"].kept == {"lines": 3}
    assert counts["online_retail"].quarantined == {"lines": 2}
    assert counts["north"].revenue == {}


def test_a_row_deleted_from_the_mirror_is_missing_in_the_count(lake: Lake) -> None:
    lake.order(1, "10.00", "5.00")
    lake.applied(whole=True)
    lake.connection.execute("DELETE FROM mirror.aethermart__order_items WHERE order_item_id = 11")
    counts = count_lake(lake.connection, lake.shops)["aethermart"]
    assert (counts.kept["order_items"], counts.quarantined["order_items"]) == (1, 0)


@pytest.mark.nightly
def test_declared_tests_hold_over_sound_and_broken_rows(lake: Lake) -> None:
    lake.order(1, "10.00", "5.00")
    lake.order(2, "20.00", total_amount=Decimal("-1.00"))
    lake.put("orders", order_id=3, status=None)
    lake.put("orders", order_id=3, status="LOST")
    tested = run_tests(lake.connection, lake.compiled)
    assert len(tested) > 80
    assert [test for test in tested if test.failing_rows] == []


@pytest.mark.nightly
def test_a_declared_test_that_fails_says_how_many_rows(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.connection.execute(
        "CREATE OR REPLACE VIEW silver.orders AS SELECT * REPLACE ('LOST' AS status), "
        "FROM (SELECT * FROM staging.orders_checked UNION ALL SELECT * FROM staging.orders_checked)"
    )
    failing = {t.name: t.failing_rows for t in run_tests(lake.connection, lake.compiled)}
    assert failing["unique_key_orders_shop__order_id"] == 1
    assert next(n for t, n in failing.items() if t.startswith("accepted_values_orders")) == 1
