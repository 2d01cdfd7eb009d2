"""One violating statement for each constraint that the store has on both databases."""

from __future__ import annotations

import re

ORDER = """
INSERT INTO orders (order_id, customer_id, address_id, channel, status, total_amount)
VALUES (100, 1, 11, 'web', 'DELIVERED', 10);
INSERT INTO order_items (order_item_id, order_id, line_number, product_id, quantity, unit_price)
VALUES (1000, 100, 1, 1, 2, 4.99), (1001, 100, 2, 2, 1, 35.00);
INSERT INTO orders (order_id, customer_id, address_id, channel, total_amount, idempotency_key)
VALUES (101, 1, 11, 'web', 10, 'k');
INSERT INTO returns (order_id, order_item_id, quantity, refund_amount, reason)
VALUES (100, 1000, 2, 9.98, 'broken');
INSERT INTO suppliers (supplier_id, name, country) VALUES (71, 'Mill', 'PT'), (72, 'Forge', 'DE');
INSERT INTO product_suppliers
    (product_supplier_id, product_id, supplier_id, unit_cost, lead_time_days, is_primary)
VALUES (91, 1, 71, 2.00, 7, true), (92, 2, 72, 9.00, 3, true);
INSERT INTO payments (payment_id, order_id, method, status, amount)
VALUES (91, 100, 'card', 'CAPTURED', 10.00);
INSERT INTO reviews (review_id, product_id, customer_id, order_id, rating, title)
VALUES (91, 1, 1, 100, 5, 'Good');
INSERT INTO promotions (campaign, product_id, discount_percent, starts_at, ends_at)
VALUES ('May', 1, 10, '2026-05-01', '2026-05-08');
INSERT INTO exchange_rates (rate_date, currency, quote_currency, rate)
VALUES ('2026-05-01', 'USD', 'EUR', 0.9);
INSERT INTO clickstream_events (session_id, event_type, channel, device, page)
VALUES ('s1', 'page_view', 'web', 'desktop', '/');
INSERT INTO device_telemetry (device_id, device_type, os, app_version, metric, value)
VALUES ('d1', 'phone', 'iOS', '1.0', 'start_ms', 800);
INSERT INTO social_posts (platform, author, body, product_id) VALUES ('forum', 'ann', 'nice', 1);
INSERT INTO support_chats (customer_id, order_id, channel, topic, message_count)
VALUES (1, 100, 'web', 'delivery', 3);
"""

ORDERS = "INSERT INTO orders (customer_id, address_id, channel, total_amount{}) VALUES ({})"
ITEMS = "INSERT INTO order_items (order_id, line_number, product_id, quantity, unit_price{}) "
RETURNS = "INSERT INTO returns (order_id, order_item_id, quantity, refund_amount{}, reason) "
EVENTS = "INSERT INTO order_events (order_id, from_status, to_status) "
MOVES = "INSERT INTO inventory_movements (product_id, quantity_change, reason, order_id) "
SUPPLIERS = "INSERT INTO suppliers (name, country, email) "
SUPPLIES = (
    "INSERT INTO product_suppliers (product_id, supplier_id, unit_cost, currency, lead_time_days) "
)
PAYMENTS = "INSERT INTO payments (order_id, method, status, amount, currency) "
REVIEWS = "INSERT INTO reviews (product_id, customer_id, order_id, rating, title) "
PROMOTIONS = "INSERT INTO promotions (campaign, product_id, discount_percent, starts_at, ends_at) "
RATES = "INSERT INTO exchange_rates (rate_date, currency, quote_currency, rate) "
CHATS = "INSERT INTO support_chats (customer_id, order_id, channel, topic, message_count) "
ADDRESSES = (
    "INSERT INTO customer_addresses"
    " (customer_id, street, city, postal_code, country, latitude, longitude) "
)

VIOLATIONS = {
    "categories_pkey": "INSERT INTO categories (category_id, name) VALUES (1, 'x')",
    "categories_name_key": "INSERT INTO categories (name) VALUES ('Kitchen')",
    "categories_name_not_empty": "INSERT INTO categories (name) VALUES ('')",
    "categories_parent_id_fkey": "INSERT INTO categories (name, parent_id) VALUES ('x', 99)",
    "categories_not_its_own_parent": "UPDATE categories SET parent_id = 1 WHERE category_id = 1",
    "products_pkey": "INSERT INTO products (product_id, sku, name, category_id, price)"
    " VALUES (1, 'x', 'x', 1, 1)",
    "products_sku_key": "UPDATE products SET sku = 'CUP' WHERE product_id = 2",
    "products_sku_not_empty": "UPDATE products SET sku = '' WHERE product_id = 2",
    "products_name_not_empty": "UPDATE products SET name = ''",
    "products_price_not_negative": "UPDATE products SET price = -0.01",
    "products_stock_not_negative": "UPDATE products SET stock_quantity = -1",
    "products_currency_is_iso": "UPDATE products SET currency = 'eur'",
    "products_category_id_fkey": "UPDATE products SET category_id = 99",
    "products_service_has_no_stock": "UPDATE products SET is_service = true WHERE product_id = 1",
    "customers_pkey": "INSERT INTO customers (customer_id, email, first_name, last_name)"
    " VALUES (1, 'x@example.org', 'x', 'x')",
    "customers_email_key": "UPDATE customers SET email = 'ada@example.org' WHERE customer_id = 2",
    "customers_email_has_at": "UPDATE customers SET email = 'ada'",
    "customer_addresses_pkey": ADDRESSES.replace("(customer", "(address_id, customer")
    + "VALUES (11, 1, 's', 'c', 'p', 'DE', 1, 1)",
    "customer_addresses_customer_id_fkey": ADDRESSES + "VALUES (99, 's', 'c', 'p', 'DE', 1, 1)",
    "customer_addresses_country_is_iso": ADDRESSES + "VALUES (1, 's', 'c', 'p', 'de', 1, 1)",
    "customer_addresses_latitude_on_earth": ADDRESSES + "VALUES (1, 's', 'c', 'p', 'DE', 91, 1)",
    "customer_addresses_longitude_on_earth": ADDRESSES + "VALUES (1, 's', 'c', 'p', 'DE', 1, 181)",
    "orders_pkey": ORDERS.format(", order_id", "1, 11, 'web', 1, 100"),
    "orders_customer_id_fkey": ORDERS.format("", "99, 11, 'web', 1"),
    "orders_address_of_customer": ORDERS.format("", "1, 12, 'web', 1"),
    "orders_channel_is_known": ORDERS.format("", "1, 11, 'fax', 1"),
    "orders_status_is_known": ORDERS.format(", status", "1, 11, 'web', 1, 'LOST'"),
    "orders_currency_is_iso": ORDERS.format(", currency", "1, 11, 'web', 1, 'E'"),
    "orders_idempotency_key_once": ORDERS.format(", idempotency_key", "1, 11, 'web', 1, 'k'"),
    "orders_shipping_not_negative": ORDERS.format(", shipping_amount", "1, 11, 'web', 1, -0.01"),
    "orders_tax_not_negative": ORDERS.format(", tax_amount", "1, 11, 'web', 1, -0.01"),
    "orders_total_not_negative": ORDERS.format("", "1, 11, 'web', -0.01"),
    "order_items_pkey": "INSERT INTO order_items (order_item_id, order_id, line_number,"
    " product_id, quantity, unit_price) VALUES (1000, 101, 1, 1, 1, 1)",
    "order_items_order_id_fkey": ITEMS.format("") + "VALUES (999, 1, 1, 1, 1)",
    "order_items_product_id_fkey": ITEMS.format("") + "VALUES (101, 1, 99, 1, 1)",
    "order_items_line_number_from_1": ITEMS.format("") + "VALUES (101, 0, 1, 1, 1)",
    "order_items_line_number_once": ITEMS.format("") + "VALUES (100, 1, 2, 1, 1)",
    "order_items_quantity_positive": ITEMS.format("") + "VALUES (101, 1, 1, 0, 1)",
    "order_items_unit_price_not_negative": ITEMS.format("") + "VALUES (101, 1, 1, 1, -0.01)",
    "order_items_discount_not_negative": ITEMS.format(", discount_amount")
    + "VALUES (101, 1, 1, 1, 1, -0.01)",
    "order_items_discount_within_line": ITEMS.format(", discount_amount")
    + "VALUES (101, 1, 1, 2, 1, 2.01)",
    "order_events_order_id_fkey": EVENTS + "VALUES (999, NULL, 'PENDING')",
    "order_events_from_status_is_known": EVENTS + "VALUES (100, 'LOST', 'PENDING')",
    "order_events_to_status_is_known": EVENTS + "VALUES (100, NULL, 'LOST')",
    "returns_line_of_order": RETURNS.format("") + "VALUES (101, 1001, 1, 1, 'x')",
    "returns_line_once": RETURNS.format("") + "VALUES (100, 1000, 1, 1, 'x')",
    "returns_quantity_positive": RETURNS.format("") + "VALUES (100, 1000, 0, 1, 'x')",
    "returns_refund_not_negative": RETURNS.format("") + "VALUES (100, 1000, 1, -0.01, 'x')",
    "returns_currency_is_iso": RETURNS.format(", currency") + "VALUES (100, 1000, 1, 1, 'E', 'x')",
    "returns_reason_not_empty": RETURNS.format("") + "VALUES (100, 1000, 1, 1, '')",
    "inventory_movements_product_id_fkey": MOVES + "VALUES (99, 1, 'RESTOCK', NULL)",
    "inventory_movements_order_id_fkey": MOVES + "VALUES (1, -1, 'SALE', 999)",
    "inventory_movements_change_something": MOVES + "VALUES (1, 0, 'RESTOCK', NULL)",
    "inventory_movements_reason_is_known": MOVES + "VALUES (1, 1, 'THEFT', NULL)",
    "inventory_movements_order_where_one_caused_it": MOVES + "VALUES (1, -1, 'SALE', NULL)",
    "suppliers_name_key": SUPPLIERS + "VALUES ('Mill', 'PT', NULL)",
    "suppliers_name_not_empty": SUPPLIERS + "VALUES ('', 'PT', NULL)",
    "suppliers_country_is_iso": SUPPLIERS + "VALUES ('x', 'pt', NULL)",
    "suppliers_email_has_at": SUPPLIERS + "VALUES ('x', 'PT', 'x')",
    "product_suppliers_product_id_fkey": SUPPLIES + "VALUES (99, 71, 1, 'EUR', 1)",
    "product_suppliers_supplier_id_fkey": SUPPLIES + "VALUES (1, 99, 1, 'EUR', 1)",
    "product_suppliers_cost_not_negative": SUPPLIES + "VALUES (1, 72, -0.01, 'EUR', 1)",
    "product_suppliers_currency_is_iso": SUPPLIES + "VALUES (1, 72, 1, 'eur', 1)",
    "product_suppliers_lead_time_not_negative": SUPPLIES + "VALUES (1, 72, 1, 'EUR', -1)",
    "product_suppliers_once": SUPPLIES + "VALUES (1, 71, 1, 'EUR', 1)",
    "product_suppliers_one_primary": "INSERT INTO product_suppliers"
    " (product_id, supplier_id, unit_cost, lead_time_days, is_primary) VALUES (1, 72, 1, 1, true)",
    "payments_order_id_fkey": PAYMENTS + "VALUES (999, 'card', 'FAILED', 1, 'EUR')",
    "payments_method_is_known": PAYMENTS + "VALUES (100, 'shells', 'FAILED', 1, 'EUR')",
    "payments_status_is_known": PAYMENTS + "VALUES (100, 'card', 'LOST', 1, 'EUR')",
    "payments_amount_not_negative": PAYMENTS + "VALUES (100, 'card', 'FAILED', -1, 'EUR')",
    "payments_currency_is_iso": PAYMENTS + "VALUES (100, 'card', 'FAILED', 1, 'eur')",
    "payments_captured_once": PAYMENTS + "VALUES (100, 'card', 'CAPTURED', 1, 'EUR')",
    "reviews_product_id_fkey": REVIEWS + "VALUES (99, 1, 100, 5, 'x')",
    "reviews_customer_id_fkey": REVIEWS + "VALUES (1, 99, 101, 5, 'x')",
    "reviews_order_id_fkey": REVIEWS + "VALUES (1, 1, 999, 5, 'x')",
    "reviews_rating_from_1_to_5": REVIEWS + "VALUES (1, 1, 101, 6, 'x')",
    "reviews_once": REVIEWS + "VALUES (1, 1, 100, 4, 'x')",
    "promotions_product_id_fkey": PROMOTIONS + "VALUES ('x', 99, 1, '2026-05-01', '2026-05-02')",
    "promotions_campaign_not_empty": PROMOTIONS + "VALUES ('', 1, 1, '2026-05-01', '2026-05-02')",
    "promotions_discount_from_0_to_100": PROMOTIONS
    + "VALUES ('x', 1, 100.01, '2026-05-01', '2026-05-02')",
    "promotions_end_after_their_start": PROMOTIONS
    + "VALUES ('x', 1, 1, '2026-05-01', '2026-05-01')",
    "promotions_once": PROMOTIONS + "VALUES ('May', 1, 1, '2026-06-01', '2026-06-02')",
    "exchange_rates_currency_is_iso": RATES + "VALUES ('2026-05-02', 'usd', 'EUR', 1)",
    "exchange_rates_quote_is_iso": RATES + "VALUES ('2026-05-02', 'USD', 'eur', 1)",
    "exchange_rates_rate_positive": RATES + "VALUES ('2026-05-02', 'USD', 'EUR', 0)",
    "exchange_rates_between_two": RATES + "VALUES ('2026-05-02', 'EUR', 'EUR', 1)",
    "exchange_rates_once_a_day": RATES + "VALUES ('2026-05-01', 'USD', 'EUR', 1)",
    "clickstream_events_session_not_empty": "UPDATE clickstream_events SET session_id = ''",
    "clickstream_events_type_is_known": "UPDATE clickstream_events SET event_type = 'yawn'",
    "clickstream_events_channel_is_known": "UPDATE clickstream_events SET channel = 'fax'",
    "clickstream_events_purchase_has_its_order": "UPDATE clickstream_events SET order_id = 100",
    "clickstream_events_search_id_not_empty": "UPDATE clickstream_events SET search_id = ''",
    "clickstream_events_search_query_is_short": "UPDATE clickstream_events SET search_query = 'x'",
    "clickstream_events_result_count_of_a_search": "UPDATE clickstream_events SET result_count = 1",
    "clickstream_events_hit_position_from_1": "UPDATE clickstream_events SET hit_position = 1",
    "device_telemetry_device_not_empty": "UPDATE device_telemetry SET device_id = ''",
    "device_telemetry_type_is_known": "UPDATE device_telemetry SET device_type = 'abacus'",
    "device_telemetry_metric_not_empty": "UPDATE device_telemetry SET metric = ''",
    "social_posts_product_id_fkey": "UPDATE social_posts SET product_id = 99",
    "social_posts_platform_not_empty": "UPDATE social_posts SET platform = ''",
    "social_posts_likes_not_negative": "UPDATE social_posts SET likes = -1",
    "support_chats_customer_id_fkey": CHATS + "VALUES (99, 100, 'web', 'x', 1)",
    "support_chats_order_id_fkey": CHATS + "VALUES (1, 999, 'web', 'x', 1)",
    "support_chats_channel_is_known": CHATS + "VALUES (1, 100, 'fax', 'x', 1)",
    "support_chats_topic_not_empty": CHATS + "VALUES (1, 100, 'web', '', 1)",
    "support_chats_has_messages": CHATS + "VALUES (1, 100, 'web', 'x', 0)",
    "support_chats_satisfaction_from_1_to_5": "UPDATE support_chats SET satisfaction = 0",
    "support_chats_close_after_they_open": "UPDATE support_chats SET closed_at = '2000-01-01'",
}
# Wider keys that foreign keys need: their first column alone is the primary key already. And
# identities, which no other constraint distinguishes from those above.
IMPLIED = {
    "customer_addresses_of_customer",
    "order_items_of_order",
    "order_events_pkey",
    "returns_pkey",
    "inventory_movements_pkey",
    "suppliers_pkey",
    "product_suppliers_pkey",
    "payments_pkey",
    "reviews_pkey",
    "promotions_pkey",
    "exchange_rates_pkey",
    "clickstream_events_pkey",
    "device_telemetry_pkey",
    "social_posts_pkey",
    "support_chats_pkey",
}
# Unique over a part of the rows, which PostgreSQL knows as an index, not as a constraint: MariaDB
# has a virtual column for it.
PARTIAL = {"product_suppliers_one_primary", "payments_captured_once"}


def named_in_mariadb(constraint: str) -> str:
    """PostgreSQL named some itself."""
    table, _, _ = constraint.partition("_pkey")
    if table != constraint:
        return f"{table}.PRIMARY"
    return re.sub(r"_key$", "_once", re.sub(r"(_id)?_fkey$", "", constraint))
