-- Tables an export of a hosted shop lands in: money as text, two statuses, times with a zone.
CREATE TABLE customers (id BIGINT PRIMARY KEY, email TEXT, first_name TEXT, last_name TEXT, phone TEXT, created_at TEXT);
CREATE TABLE products (id BIGINT PRIMARY KEY, title TEXT, vendor TEXT, product_type TEXT, created_at TEXT);
CREATE TABLE product_variants (id BIGINT PRIMARY KEY, product_id BIGINT, sku TEXT, title TEXT, price TEXT, inventory_quantity INTEGER);
CREATE TABLE orders (id BIGINT PRIMARY KEY, name TEXT, email TEXT, customer_id BIGINT, financial_status TEXT, fulfillment_status TEXT, currency TEXT, subtotal_price TEXT, total_discounts TEXT, total_tax TEXT, total_shipping TEXT, total_price TEXT, taxes_included BOOLEAN, test BOOLEAN, source_name TEXT, shipping_address_country TEXT, created_at TEXT, processed_at TEXT, cancelled_at TEXT);
CREATE TABLE order_line_items (id BIGINT PRIMARY KEY, order_id BIGINT, variant_id BIGINT, product_id BIGINT, sku TEXT, title TEXT, quantity INTEGER, price TEXT, total_discount TEXT, fulfillment_status TEXT);
CREATE TABLE order_refunds (id BIGINT PRIMARY KEY, order_id BIGINT, created_at TEXT, note TEXT, amount TEXT);
INSERT INTO customers VALUES (901, 'ada@example.org', 'Ada', 'Fern', '+1 555 0100', '2026-01-01T08:00:00-05:00'), (902, 'bo@example.org', 'Bo', 'Lund', NULL, '2026-01-02T08:00:00-05:00'), (903, 'cy@example.org', 'Cy', 'Moss', NULL, '2026-01-03T08:00:00-05:00');
INSERT INTO products VALUES (71, 'Mug', 'Potters', 'Kitchen', '2026-01-01T08:00:00-05:00'), (72, 'Spoon', 'Smiths', 'Kitchen', '2026-01-01T08:00:00-05:00');
INSERT INTO product_variants VALUES (710, 71, 'MUG-W', 'White', '15.00', 12), (720, 72, 'SPOON', 'Default', '8.50', 90);
INSERT INTO orders VALUES
 (5001, '#1001', 'ada@example.org', 901, 'paid', 'fulfilled', 'USD', '35.50', '3.00', '2.84', '6.00', '44.34', FALSE, FALSE, 'web', 'United States', '2026-02-01T10:00:00-05:00', '2026-02-01T10:00:01-05:00', NULL),
 (5002, '#1002', 'bo@example.org', 902, 'refunded', NULL, 'USD', '15.00', '0.00', '1.20', '6.00', '22.20', FALSE, FALSE, 'web', 'United States', '2026-02-02T10:00:00-05:00', '2026-02-02T10:00:01-05:00', NULL),
 (5003, '#1003', 'bo@example.org', 902, 'pending', NULL, 'USD', '8.50', '0.00', '0.68', '6.00', '15.18', FALSE, FALSE, 'pos', 'United States', '2026-02-03T10:00:00-05:00', '2026-02-03T10:00:01-05:00', '2026-02-03T12:00:00-05:00'),
 (5004, '#1004', 'cy@example.org', 903, 'paid', NULL, 'USD', '150.00', '0.00', '12.00', '0.00', '162.00', FALSE, TRUE, 'web', 'United States', '2026-02-04T10:00:00-05:00', '2026-02-04T10:00:01-05:00', NULL),
 (5005, '#1005', 'cy@example.org', 903, 'authorized', NULL, 'CAD', '34.00', '0.00', '4.42', '0.00', '38.42', FALSE, FALSE, 'web', 'Canada', '2026-02-05T10:00:00-05:00', '2026-02-05T10:00:01-05:00', NULL);
INSERT INTO order_line_items VALUES (1, 5001, 710, 71, 'MUG-W', 'Mug', 2, '15.00', '3.00', 'fulfilled'), (2, 5001, 720, 72, 'SPOON', 'Spoon', 1, '8.50', '0.00', 'fulfilled'), (3, 5002, 710, 71, 'MUG-W', 'Mug', 1, '15.00', '0.00', NULL), (4, 5003, 720, 72, 'SPOON', 'Spoon', 1, '8.50', '0.00', NULL), (5, 5004, 710, 71, 'MUG-W', 'Mug', 10, '15.00', '0.00', NULL), (6, 5005, 720, 72, 'SPOON', 'Spoon', 4, '8.50', '0.00', NULL);
INSERT INTO order_refunds VALUES (1, 5002, '2026-02-08T10:00:00-05:00', 'broken', '15.00');
