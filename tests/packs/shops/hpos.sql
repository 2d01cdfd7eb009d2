-- Refunds stand among the orders, with a total below 0 and lines of their own; addresses refer to
-- their order, a row for each kind.
CREATE TABLE wp_users ("ID" INTEGER PRIMARY KEY, user_email VARCHAR(100), user_registered TIMESTAMP);
CREATE TABLE wp_options (option_id INTEGER PRIMARY KEY, option_name VARCHAR(191), option_value TEXT);
CREATE TABLE wp_wc_order_stats (order_id INTEGER PRIMARY KEY, parent_id INTEGER, date_created TIMESTAMP, num_items_sold INTEGER, total_sales DECIMAL(26,8), tax_total DECIMAL(26,8), shipping_total DECIMAL(26,8), net_total DECIMAL(26,8), status VARCHAR(20), customer_id INTEGER);
CREATE TABLE wp_wc_order_addresses (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES wp_wc_order_stats (order_id), address_type VARCHAR(20), city TEXT, postcode TEXT, country TEXT);
CREATE TABLE wp_wc_order_product_lookup (order_item_id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER, customer_id INTEGER, date_created TIMESTAMP, product_qty INTEGER, product_net_revenue DECIMAL(26,8), product_gross_revenue DECIMAL(26,8), coupon_amount DECIMAL(26,8), tax_amount DECIMAL(26,8), shipping_amount DECIMAL(26,8));
INSERT INTO wp_users VALUES (1, 'ada@example.org', '2025-01-01 10:00:00');
INSERT INTO wp_options VALUES (1, 'woocommerce_currency', 'EUR');
INSERT INTO wp_wc_order_stats VALUES (101, 0, '2025-02-01 10:00:00', 3, 64.5, 9.5, 5, 50, 'wc-completed', 1), (102, 0, '2025-02-02 10:00:00', 1, 35.7, 5.7, 0, 30, 'wc-processing', 2), (103, 0, '2025-02-03 10:00:00', 1, 11.9, 1.9, 0, 10, 'wc-cancelled', 1), (104, 101, '2025-02-05 10:00:00', -1, -11.9, -1.9, 0, -10, 'wc-completed', 1);
INSERT INTO wp_wc_order_addresses VALUES (1, 101, 'billing', 'Bonn', '53111', 'DE'), (2, 101, 'shipping', 'Wien', '1010', 'AT'), (3, 102, 'billing', 'Paris', '75001', 'FR'), (4, 102, 'shipping', 'Paris', '75001', 'FR');
INSERT INTO wp_wc_order_product_lookup VALUES (1, 101, 10, 1, '2025-02-01 10:00:00', 2, 20, 23.8, 0, 3.8, 2.5), (2, 101, 11, 1, '2025-02-01 10:00:00', 1, 30, 35.7, 0, 5.7, 2.5), (5, 102, 11, 2, '2025-02-02 10:00:00', 1, 30, 35.7, 0, 5.7, 0), (6, 103, 10, 1, '2025-02-03 10:00:00', 1, 10, 11.9, 0, 1.9, 0), (7, 104, 10, 1, '2025-02-05 10:00:00', -1, -10, -11.9, 0, -1.9, 0);
