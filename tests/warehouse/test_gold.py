"""Dimensions, facts and marts over rows written by hand: nothing lost, nothing divided by zero."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from aethermart.packs.pack import Shop
from aethermart.warehouse.quality import failing_rows, run_tests
from aethermart.warehouse.reporting import load_rates
from tests.warehouse.lake import ORDERED, Lake

FOREVER = datetime(1, 1, 1, tzinfo=UTC)


def sound(lake: Lake, model: str) -> bool:
    """Whether the tests that a model declares hold; all of them take a quarter of a minute."""
    of = [test for test in lake.compiled.tests if model in test.name]
    assert of
    return [test.name for test in of if failing_rows(lake.connection, test)] == []


@pytest.mark.promise("94")
def test_a_city_of_one_segment_and_one_without_orders_divide_by_nothing(lake: Lake) -> None:
    for key, city in enumerate(["Berlin", "Bonn", "Köln"], start=1):
        lake.put("customer_addresses", address_id=key, country="DE", city=city)
    lake.order(1, "600.00", address_id=1, total_amount=Decimal("600.00"))
    lake.order(2, "10.00", address_id=2, total_amount=Decimal("10.00"))
    # Köln: the only order was cancelled, its refund stands.
    lake.order(3, "20.00", address_id=3, status="CANCELLED")
    lake.put("returns", return_id=1, order_id=3, refund_amount=Decimal("20.00"))
    # An address nobody knows.
    lake.order(4, "5.00", address_id=99, total_amount=Decimal("499.99"))
    lake.applied(whole=True)
    assert lake.rows(
        "SELECT city, orders, premium_orders, revenue, premium_share"
        " FROM gold.mart_city_performance ORDER BY city"
    ) == [
        ("Berlin", 1, 1, Decimal("600.00"), Decimal("1.000000")),
        ("Bonn", 1, 0, Decimal("10.00"), Decimal("0.000000")),
        ("Köln", 0, 0, Decimal("-20.00"), None),
        ("unknown", 1, 0, Decimal("5.00"), Decimal("0.000000")),
    ]
    assert sound(lake, "mart_city_performance")


def test_facts_keep_every_row_and_name_the_unknown_member_where_none_is_known(lake: Lake) -> None:
    lake.put("products", product_id=1, category_id=7)
    lake.order(1, "10.00", customer_id=404)
    lake.put("order_items", order_item_id=12, order_id=1, product_id=404)
    lake.put("order_items", order_item_id=13, order_id=1, product_id=None)
    lake.put("returns", return_id=1, order_id=1, order_item_id=12)
    lake.put("payments", payment_id=1, order_id=404)
    lake.put("reviews", review_id=1, product_id=404, customer_id=404, order_id=404)
    lake.put("clickstream_events", event_id=1, customer_id=404)
    lake.put("inventory_movements", movement_id=1, product_id=404, quantity_change=3)
    lake.applied(whole=True)
    assert lake.rows(
        "SELECT line_id, product_member, customer_member, category_id, country"
        " FROM gold.fct_sales_as_ordered ORDER BY line_kind DESC, line_id"
    ) == [
        ("11", "1", "unknown", "unknown", "unknown"),
        ("12", "unknown", "unknown", "unknown", "unknown"),
        ("13", "unknown", "unknown", "unknown", "unknown"),
        ("1", "unknown", "unknown", "unknown", "unknown"),
    ]
    assert lake.rows("SELECT order_member, channel FROM gold.fct_payments") == [
        ("unknown", "unknown")
    ]
    assert lake.rows("SELECT product_member, customer_member FROM gold.fct_reviews") == [
        ("unknown", "unknown")
    ]
    assert lake.rows("SELECT customer_member FROM gold.fct_sessions") == [("unknown",)]
    assert lake.rows("SELECT product_member, closing_stock FROM gold.fct_inventory_daily") == [
        ("unknown", 3)
    ]
    assert lake.rows("SELECT product_member FROM gold.fct_returns") == [("unknown",)]
    # The product's category 7 is not there either: its dimension says so, and the tests hold.
    assert [t.name for t in run_tests(lake.connection, lake.compiled) if t.failing_rows] == [
        "member_of_dim_product_category_id__category_id__ref_dim_category_"
    ]


def test_each_dimension_has_its_unknown_member_for_each_shop(lake: Lake) -> None:
    for dimension, key in (
        ("dim_category", "category_id"),
        ("dim_supplier", "supplier_id"),
        ("dim_product", "product_id"),
        ("dim_customer", "customer_id"),
        ("dim_geography", "city"),
    ):
        assert lake.rows(
            f"SELECT shop FROM gold.{dimension} WHERE {key} = 'unknown' ORDER BY shop"
        ) == [("aethermart",), ("north",), ("online_retail",)]
    assert lake.rows("SELECT COUNT(*) FROM gold.dim_channel WHERE channel = 'unknown'") == [(1,)]


def test_the_calendar_has_every_day_once_with_its_iso_week(lake: Lake) -> None:
    assert lake.rows("SELECT COUNT(*), COUNT(DISTINCT date_day) FROM gold.dim_date") == [
        (18_263, 18_263)
    ]
    assert lake.rows(
        "SELECT year, quarter, month, iso_week, iso_weekday, is_weekend FROM gold.dim_date"
        " WHERE date_day = DATE '2027-01-03'"
    ) == [(2027, 1, 1, "2026-W53", 7, True)]


def test_a_pack_that_lacks_an_entity_leaves_the_models_empty(online_retail: Lake) -> None:
    for fact in ("fct_payments", "fct_reviews", "fct_sessions", "fct_inventory_daily"):
        assert online_retail.rows(f"SELECT COUNT(*) FROM gold.{fact}") == [(0,)]
    lines = online_retail.rows("SELECT COUNT(*) FROM gold.fct_sales")
    assert online_retail.rows("SELECT COUNT(*) FROM gold.fct_sales_as_ordered") == lines
    assert online_retail.rows("SELECT COUNT(*) FROM gold.fct_sales_reported") == lines
    quarters = online_retail.rows(
        "SELECT SUM(revenue), COUNT(*) FROM gold.mart_quarterly_sales WHERE shop = 'online_retail'"
    )
    assert quarters == [(Decimal("9758809.99"), 5)]


def test_time_in_a_status_is_from_one_move_to_the_next(lake: Lake) -> None:
    lake.order(1, "10.00")
    for key, (before, after, hour) in enumerate(
        [(None, "PENDING", 0), ("PENDING", "PAID", 1), ("PAID", "SHIPPED", 25)], start=1
    ):
        lake.put(
            "order_events",
            order_event_id=key,
            order_id=1,
            from_status=before,
            to_status=after,
            changed_at=ORDERED + timedelta(hours=hour),
        )
    lake.applied(whole=True)
    assert lake.rows(
        "SELECT to_status, hours_in_status, is_current FROM gold.fct_order_status ORDER BY 1"
    ) == [
        ("PAID", Decimal("24.0000"), False),
        ("PENDING", Decimal("1.0000"), False),
        ("SHIPPED", None, True),
    ]


@pytest.mark.promise("144")
def test_a_campaign_is_measured_against_what_was_not_promoted(lake: Lake) -> None:
    """Promoted: 3 lines during, 1 before. Others: 4 during, 2 before. 3 / 1 / (4 / 2) = 1.5."""
    lake.put("promotions", promotion_id=1, product_id=1)
    spans = {True: ORDERED + timedelta(days=1), False: ORDERED - timedelta(days=1)}
    order = 0
    for product, during, lines in ((1, True, 3), (1, False, 1), (2, True, 4), (2, False, 2)):
        for _ in range(lines):
            order += 1
            lake.put("orders", order_id=order, ordered_at=spans[during])
            lake.put("order_items", order_item_id=order, order_id=order, product_id=product)
    lake.applied(whole=True)
    assert lake.rows(
        "SELECT promoted_during, promoted_before, control_during, control_before, lift,"
        " promoted_revenue FROM gold.mart_campaign_effect"
    ) == [(3, 1, 4, 2, Decimal("0.500000"), Decimal("30.00"))]
    lake.remove("order_items", product_id=1)
    lake.applied(whole=True)
    assert lake.rows("SELECT promoted_during, lift FROM gold.mart_campaign_effect") == [(0, None)]


def test_posts_stand_beside_purchases_of_the_day(lake: Lake) -> None:
    lake.order(1, "10.00")
    lake.put("social_posts", post_id=1, likes=3)
    lake.put("social_posts", post_id=2, likes=4, product_id=2)
    lake.applied(whole=True)
    assert lake.rows(
        "SELECT product_id, posts, likes, lines_sold FROM gold.mart_social_trend ORDER BY 1"
    ) == [("1", 1, 3, 1), ("2", 1, 4, 0)]


def test_a_query_is_counted_with_what_came_of_it(lake: Lake) -> None:
    """Lamp: three searches, one of them in vain, one opened twice and bought; sofa: no search."""
    for event, (search, query, matches) in enumerate(
        [("a", "Lamp", 4), ("b", "lamp", 0), ("c", "lamp", 4), ("d", "chair", 2)], start=1
    ):
        lake.put(
            "clickstream_events",
            event_id=event,
            event_type="search",
            search_id=search,
            search_query=query,
            result_count=matches,
            hit_position=None,
        )
    for event, (kind, search) in enumerate(
        [("product_view", "a"), ("product_view", "a"), ("add_to_cart", "a"), ("product_view", "z")],
        start=5,
    ):
        lake.put(
            "clickstream_events",
            event_id=event,
            event_type=kind,
            search_id=search,
            search_query=None,
            result_count=None,
            hit_position=1,
        )
    lake.put("clickstream_events", event_id=9, event_type="search", search_query=None)
    lake.applied(whole=True)
    assert lake.rows(
        "SELECT query, searches, zero_results, searches_clicked, clicks, carts, zero_result_share,"
        " click_through_rate FROM gold.mart_search_terms ORDER BY query"
    ) == [
        ("chair", 1, 0, 0, 0, 0, Decimal("0.000000"), Decimal("0.000000")),
        ("lamp", 3, 1, 1, 2, 1, Decimal("0.333333"), Decimal("0.333333")),
    ]
    assert sound(lake, "mart_search_terms")


def reported(lake: Lake) -> list[tuple[object, ...]]:
    return lake.rows(
        "SELECT line_id, original_currency, original_revenue, revenue, rate_date, no_rate_reason"
        " FROM gold.fct_sales_reported ORDER BY line_id"
    )


def test_the_rate_is_the_last_known_on_or_before_the_business_date(lake: Lake) -> None:
    """Never 1.0 by default, never one from the future."""
    lake.put("exchange_rates", rate_id=1, rate_date=date(2026, 3, 6), rate=Decimal("0.90"))
    lake.put("exchange_rates", rate_id=2, rate_date=date(2026, 3, 9), rate=Decimal("0.80"))
    for order, (day, currency) in enumerate(
        [(5, "USD"), (6, "USD"), (8, "USD"), (9, "USD"), (12, "USD"), (9, "EUR"), (9, "SEK")],
        start=1,
    ):
        at = datetime(2026, 3, day, 12, tzinfo=UTC)
        lake.order(order, "10.05", ordered_at=at, currency=currency)
    lake.applied(whole=True)
    money = Decimal("10.05")
    assert reported(lake) == [
        ("11", "USD", money, None, None, "no rate on or before the day"),
        # 10.05 * 0.9 = 9.045, half up
        ("21", "USD", money, Decimal("9.05"), date(2026, 3, 6), None),
        ("31", "USD", money, Decimal("9.05"), date(2026, 3, 6), None),
        ("41", "USD", money, Decimal("8.04"), date(2026, 3, 9), None),
        ("51", "USD", money, Decimal("8.04"), date(2026, 3, 9), None),
        ("61", "EUR", money, money, date(2026, 3, 9), None),
        ("71", "SEK", money, None, None, "no rate for the currency"),
    ]
    assert sound(lake, "fct_sales_reported")


def test_a_rate_known_only_the_other_way_round_is_turned(lake: Lake) -> None:
    lake.put(
        "exchange_rates",
        rate_id=1,
        currency="EUR",
        quote_currency="GBP",
        rate=Decimal("0.8"),
    )
    lake.order(1, "10.00", currency="GBP")
    lake.applied(whole=True)
    assert [row[3] for row in reported(lake)] == [Decimal("12.50")]


def test_the_projects_own_rates_hold_before_a_shops(lake: Lake) -> None:
    day = date(2026, 3, 1)
    lake.put("exchange_rates", "north", rate_id=1, rate_date=day, rate=Decimal("0.7"))
    lake.put("exchange_rates", rate_id=1, rate_date=day, rate=Decimal("0.9"))
    lake.order(1, "10.00", currency="USD")
    lake.applied(whole=True)
    assert [row[3] for row in reported(lake)] == [Decimal("9.00")]
    load_rates(lake.connection, [(day, "USD", "EUR", Decimal("0.5"))])
    assert [row[3] for row in reported(lake)] == [Decimal("5.00")]
    load_rates(lake.connection, [])
    assert [row[3] for row in reported(lake)] == [Decimal("9.00")]


def test_the_business_date_is_the_shops_own(lake: Lake, shops: tuple[Shop, ...]) -> None:
    """23:30 in London on 30 June is 22:30 UTC: still the 30th's rate, in summer time too."""
    for day, rate in ((30, "1.10"), (29, "1.20")):
        lake.put(
            "exchange_rates",
            rate_id=day,
            rate_date=date(2011, 6, day),
            currency="GBP",
            rate=Decimal(rate),
        )
    late = {"InvoiceDate": "2011-06-30 00:30:00", "Quantity": "1", "UnitPrice": "10.00"}
    lake.put("lines", "online_retail", line_number=1, InvoiceNo="536365", **late)
    lake.applied(shop="online_retail", whole=True)
    # 00:30 of the 30th in London is 23:30 UTC of the 29th.
    assert lake.rows("SELECT ordered_on, revenue FROM gold.fct_sales_reported") == [
        (date(2011, 6, 30), Decimal("11.00"))
    ]
