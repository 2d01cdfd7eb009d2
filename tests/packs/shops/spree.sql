-- Tax on top of the lines, whose sum stands in a column of its own; shipping is a shipment's; states of carts.
CREATE TABLE spree_users (id INTEGER PRIMARY KEY, email VARCHAR(100), created_at TIMESTAMP);
CREATE TABLE spree_products (id INTEGER PRIMARY KEY, name VARCHAR(100), slug VARCHAR(100), created_at TIMESTAMP, deleted_at TIMESTAMP);
CREATE TABLE spree_variants (id INTEGER PRIMARY KEY, sku VARCHAR(40), product_id INTEGER REFERENCES spree_products (id), is_master INTEGER);
CREATE TABLE spree_orders (id INTEGER PRIMARY KEY, number VARCHAR(32) UNIQUE, item_total NUMERIC(10,2), total NUMERIC(10,2), state VARCHAR(20), adjustment_total NUMERIC(10,2), user_id INTEGER REFERENCES spree_users (id), completed_at TIMESTAMP, payment_total NUMERIC(10,2), payment_state VARCHAR(20), email VARCHAR(100), currency VARCHAR(3), shipment_total NUMERIC(10,2), additional_tax_total NUMERIC(10,2), created_at TIMESTAMP, updated_at TIMESTAMP, canceled_at TIMESTAMP);
CREATE TABLE spree_line_items (id INTEGER PRIMARY KEY, variant_id INTEGER REFERENCES spree_variants (id), order_id INTEGER REFERENCES spree_orders (id), quantity INTEGER, price NUMERIC(10,2), currency VARCHAR(3), cost_price NUMERIC(10,2), adjustment_total NUMERIC(10,2), created_at TIMESTAMP);
INSERT INTO spree_users VALUES (1, 'ada@example.org', '2025-01-01 08:00:00'), (2, 'bo@example.org', '2025-01-01 08:00:00');
INSERT INTO spree_products VALUES (1, 'Cup', 'cup', '2024-01-01 08:00:00', NULL), (2, 'Bowl', 'bowl', '2024-01-01 08:00:00', NULL);
INSERT INTO spree_variants VALUES (11, 'SKU-1', 1, 1), (12, 'SKU-2', 2, 1);
INSERT INTO spree_orders VALUES
 (1, 'R1', 50, 60, 'complete', 5, 1, '2025-02-01 10:05:00', 60, 'paid', 'ada@example.org', 'USD', 5, 5, '2025-02-01 10:00:00', '2025-02-01 10:05:00', NULL),
 (2, 'R2', 30, 38, 'complete', 3, 2, '2025-02-02 10:05:00', 38, 'paid', 'bo@example.org', 'USD', 5, 3, '2025-02-02 10:00:00', '2025-02-02 10:05:00', NULL),
 (3, 'R3', 20, 27, 'canceled', 2, 2, '2025-02-03 10:05:00', 27, 'paid', 'bo@example.org', 'USD', 5, 2, '2025-02-03 10:00:00', '2025-02-03 10:05:00', '2025-02-03 12:00:00'),
 (4, 'R4', 20, 27, 'cart', 2, 1, NULL, 27, NULL, 'ada@example.org', 'USD', 5, 2, '2025-02-04 10:00:00', '2025-02-04 10:00:00', NULL),
 (5, 'R5', 90, 104, 'returned', 9, 1, '2025-02-05 10:05:00', 104, 'paid', 'ada@example.org', 'USD', 5, 9, '2025-02-05 10:00:00', '2025-02-05 10:05:00', NULL);
INSERT INTO spree_line_items VALUES (1, 11, 1, 2, 10, 'USD', NULL, NULL, '2025-02-01 10:00:00'), (2, 12, 1, 1, 30, 'USD', NULL, NULL, '2025-02-01 10:00:00'), (3, 12, 2, 1, 30, 'USD', NULL, NULL, '2025-02-02 10:00:00'), (4, 11, 3, 2, 10, 'USD', NULL, NULL, '2025-02-03 10:00:00'), (5, 11, 4, 2, 10, 'USD', NULL, NULL, '2025-02-04 10:00:00'), (6, 12, 5, 3, 30, 'USD', NULL, NULL, '2025-02-05 10:00:00');
