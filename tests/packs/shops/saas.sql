-- A snake_case web shop as frameworks generate it: declared keys, decimal money, one status column.
CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL, first_name VARCHAR(80), last_name VARCHAR(80), created_at TIMESTAMP);
CREATE TABLE categories (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL, parent_id INTEGER REFERENCES categories (id));
CREATE TABLE products (id INTEGER PRIMARY KEY, sku VARCHAR(40) NOT NULL UNIQUE, name VARCHAR(200), price DECIMAL(10,2), category_id INTEGER REFERENCES categories (id), stock_quantity INTEGER, is_active BOOLEAN);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), status VARCHAR(20) NOT NULL, currency CHAR(3) NOT NULL, subtotal DECIMAL(12,2), tax_amount DECIMAL(12,2), shipping_amount DECIMAL(12,2), total DECIMAL(12,2), shipping_country CHAR(2), created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP, deleted_at TIMESTAMP);
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), product_id INTEGER NOT NULL REFERENCES products (id), quantity INTEGER NOT NULL, unit_price DECIMAL(10,2) NOT NULL, line_total DECIMAL(12,2) NOT NULL);
CREATE TABLE refunds (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), amount DECIMAL(12,2) NOT NULL, reason VARCHAR(200), created_at TIMESTAMP NOT NULL);
INSERT INTO users VALUES (1, 'ada@example.org', 'Ada', 'Fern', '2026-01-01 08:00:00'), (2, 'bo@example.org', 'Bo', 'Lund', '2026-01-02 08:00:00'), (3, 'cy@example.org', 'Cy', 'Moss', '2026-01-03 08:00:00');
INSERT INTO categories VALUES (1, 'Garden', NULL), (2, 'Pots', 1);
INSERT INTO products VALUES (1, 'POT-1', 'Clay pot', 12.50, 2, 40, TRUE), (2, 'SEED-9', 'Seeds', 3.20, 1, 400, TRUE);
INSERT INTO orders VALUES
 (101, 1, 'completed', 'EUR', 28.20, 5.36, 4.90, 38.46, 'DE', '2026-02-01 10:00:00', '2026-02-03 10:00:00', NULL),
 (102, 2, 'shipped', 'EUR', 12.50, 2.38, 4.90, 19.78, 'FR', '2026-02-02 11:30:00', '2026-02-02 12:00:00', NULL),
 (103, 1, 'cancelled', 'EUR', 25.00, 4.75, 4.90, 34.65, 'DE', '2026-02-02 15:00:00', '2026-02-02 16:00:00', NULL),
 (104, 3, 'pending', 'CHF', 6.40, 0.52, 7.00, 13.92, 'CH', '2026-02-05 09:00:00', '2026-02-05 09:00:00', NULL),
 (105, 3, 'pending', 'EUR', 3.20, 0.61, 4.90, 8.71, 'DE', '2026-02-06 09:00:00', '2026-02-06 09:05:00', '2026-02-06 09:05:00');
INSERT INTO order_items VALUES (1, 101, 1, 2, 12.50, 25.00), (2, 101, 2, 1, 3.20, 3.20), (3, 102, 1, 1, 12.50, 12.50), (4, 103, 1, 2, 12.50, 25.00), (5, 104, 2, 2, 3.20, 6.40), (6, 105, 2, 1, 3.20, 3.20);
INSERT INTO refunds VALUES (1, 101, 3.20, 'late', '2026-02-10 10:00:00');
