-- Posts with meta rows, as shops grown on a blog keep orders: text values, no foreign keys.
CREATE TABLE wp_users ("ID" INTEGER PRIMARY KEY, user_login VARCHAR(60), user_email VARCHAR(100), user_registered TIMESTAMP, display_name VARCHAR(250));
CREATE TABLE wp_usermeta (umeta_id INTEGER PRIMARY KEY, user_id INTEGER, meta_key VARCHAR(255), meta_value TEXT);
CREATE TABLE wp_posts ("ID" INTEGER PRIMARY KEY, post_author INTEGER, post_date TIMESTAMP, post_title TEXT, post_status VARCHAR(20), post_parent INTEGER, post_type VARCHAR(20), post_modified TIMESTAMP);
CREATE TABLE wp_postmeta (meta_id INTEGER PRIMARY KEY, post_id INTEGER, meta_key VARCHAR(255), meta_value TEXT);
CREATE TABLE wp_options (option_id INTEGER PRIMARY KEY, option_name VARCHAR(191), option_value TEXT, autoload VARCHAR(20));
CREATE TABLE wp_woocommerce_order_items (order_item_id INTEGER PRIMARY KEY, order_item_name TEXT, order_item_type VARCHAR(200), order_id INTEGER);
CREATE TABLE wp_woocommerce_order_itemmeta (meta_id INTEGER PRIMARY KEY, order_item_id INTEGER, meta_key VARCHAR(255), meta_value TEXT);
INSERT INTO wp_users VALUES (1, 'ada', 'ada@example.org', '2026-01-01 08:00:00', 'Ada Fern'), (2, 'bo', 'bo@example.org', '2026-01-02 08:00:00', 'Bo Lund');
INSERT INTO wp_usermeta VALUES (1, 1, 'first_name', 'Ada'), (2, 1, 'last_name', 'Fern'), (3, 2, 'first_name', 'Bo'), (4, 2, 'last_name', 'Lund'), (5, 1, 'nickname', 'ada');
INSERT INTO wp_options VALUES (1, 'siteurl', 'https://shop.example.org', 'yes'), (2, 'woocommerce_currency', 'EUR', 'yes'), (3, 'blogname', 'Corner', 'yes');
INSERT INTO wp_posts VALUES
 (5, 1, '2026-01-01 09:00:00', 'About us', 'publish', 0, 'page', '2026-01-01 09:00:00'),
 (11, 1, '2026-01-01 09:00:00', 'Lamp', 'publish', 0, 'product', '2026-01-01 09:00:00'),
 (12, 1, '2026-01-01 09:00:00', 'Bulb', 'publish', 0, 'product', '2026-01-01 09:00:00'),
 (201, 1, '2026-02-01 10:00:00', 'Order', 'wc-completed', 0, 'shop_order', '2026-02-03 10:00:00'),
 (202, 1, '2026-02-02 10:00:00', 'Order', 'wc-processing', 0, 'shop_order', '2026-02-02 10:00:00'),
 (203, 1, '2026-02-03 10:00:00', 'Order', 'wc-cancelled', 0, 'shop_order', '2026-02-03 11:00:00'),
 (204, 1, '2026-02-04 10:00:00', 'Order', 'wc-checkout-draft', 0, 'shop_order', '2026-02-04 10:00:00'),
 (205, 1, '2026-02-05 10:00:00', 'Order', 'wc-on-hold', 0, 'shop_order', '2026-02-05 10:00:00');
INSERT INTO wp_postmeta VALUES
 (1, 11, '_sku', 'LAMP-1'), (2, 11, '_price', '20.00'), (3, 11, '_stock', '7'), (4, 12, '_sku', 'BULB-1'), (5, 12, '_price', '15.00'), (6, 12, '_stock', '30'),
 (10, 201, '_customer_user', '1'), (11, 201, '_order_currency', 'EUR'), (12, 201, '_order_total', '69.20'), (13, 201, '_order_tax', '10.70'), (14, 201, '_order_shipping', '5.00'), (15, 201, '_billing_country', 'DE'), (16, 201, '_shipping_country', 'DE'), (17, 201, '_cart_discount', '1.50'),
 (20, 202, '_customer_user', '2'), (21, 202, '_order_currency', 'EUR'), (22, 202, '_order_total', '59.00'), (23, 202, '_order_tax', '9.00'), (24, 202, '_order_shipping', '5.00'), (25, 202, '_shipping_country', 'AT'), (26, 202, '_cart_discount', '0'),
 (30, 203, '_customer_user', '2'), (31, 203, '_order_currency', 'EUR'), (32, 203, '_order_total', '29.00'), (33, 203, '_order_tax', '4.00'), (34, 203, '_order_shipping', '5.00'), (35, 203, '_shipping_country', 'DE'), (36, 203, '_cart_discount', '0'),
 (40, 204, '_customer_user', '0'), (41, 204, '_order_currency', 'EUR'), (42, 204, '_order_total', '24.00'), (43, 204, '_order_tax', '4.00'), (44, 204, '_order_shipping', '0'),
 (50, 205, '_customer_user', '0'), (51, 205, '_order_currency', 'EUR'), (52, 205, '_order_total', '29.00'), (53, 205, '_order_tax', '4.00'), (54, 205, '_order_shipping', '5.00'), (55, 205, '_shipping_country', 'FR');
INSERT INTO wp_woocommerce_order_items VALUES (1, 'Lamp', 'line_item', 201), (2, 'Bulb', 'line_item', 201), (3, 'Flat rate', 'shipping', 201), (4, 'DE-VAT', 'tax', 201), (5, 'Bulb', 'line_item', 202), (6, 'Lamp', 'line_item', 203), (7, 'Lamp', 'line_item', 204), (8, 'Lamp', 'line_item', 205), (9, 'spring10', 'coupon', 201);
INSERT INTO wp_woocommerce_order_itemmeta VALUES
 (1, 1, '_product_id', '11'), (2, 1, '_qty', '2'), (3, 1, '_line_subtotal', '40.00'), (4, 1, '_line_total', '40.00'), (5, 1, '_line_tax', '8.00'),
 (6, 2, '_product_id', '12'), (7, 2, '_qty', '1'), (8, 2, '_line_subtotal', '15.00'), (9, 2, '_line_total', '13.50'), (10, 2, '_line_tax', '2.70'),
 (11, 3, 'method_id', 'flat_rate'), (12, 3, 'cost', '5.00'), (13, 4, 'rate_id', '1'), (14, 4, 'tax_amount', '10.70'),
 (15, 5, '_product_id', '12'), (16, 5, '_qty', '3'), (17, 5, '_line_subtotal', '45.00'), (18, 5, '_line_total', '45.00'), (19, 5, '_line_tax', '9.00'),
 (20, 6, '_product_id', '11'), (21, 6, '_qty', '1'), (22, 6, '_line_subtotal', '20.00'), (23, 6, '_line_total', '20.00'), (24, 6, '_line_tax', '4.00'),
 (25, 7, '_product_id', '11'), (26, 7, '_qty', '1'), (27, 7, '_line_subtotal', '20.00'), (28, 7, '_line_total', '20.00'), (29, 7, '_line_tax', '4.00'),
 (30, 8, '_product_id', '11'), (31, 8, '_qty', '1'), (32, 8, '_line_subtotal', '20.00'), (33, 8, '_line_total', '20.00'), (34, 8, '_line_tax', '4.00');
