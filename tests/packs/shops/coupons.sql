-- Discounts of whole orders; refunds as transactions of a payment; countries in a table of their own.
CREATE TABLE countries (id INTEGER PRIMARY KEY, name VARCHAR(50));
CREATE TABLE customers (id INTEGER PRIMARY KEY, email VARCHAR(100), first_name VARCHAR(50), last_name VARCHAR(50));
CREATE TABLE addresses (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), street VARCHAR(50), city VARCHAR(50), country_id INTEGER REFERENCES countries (id));
CREATE TABLE products (id INTEGER PRIMARY KEY, sku VARCHAR(20), name VARCHAR(50), price DECIMAL(10,2));
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), shipping_address_id INTEGER REFERENCES addresses (id), status VARCHAR(20), currency VARCHAR(3), created_at TIMESTAMP, discount_total DECIMAL(10,2), shipping_total DECIMAL(10,2), total DECIMAL(10,2));
CREATE TABLE order_lines (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id), product_id INTEGER REFERENCES products (id), quantity INTEGER, unit_price DECIMAL(10,2));
CREATE TABLE payments (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (id), gateway VARCHAR(20), created_at TIMESTAMP);
CREATE TABLE payment_transactions (id INTEGER PRIMARY KEY, payment_id INTEGER REFERENCES payments (id), kind VARCHAR(20), is_success BOOLEAN, amount DECIMAL(10,2), created_at TIMESTAMP);
INSERT INTO countries VALUES (1, 'Austria'), (2, 'France');
INSERT INTO customers VALUES (1, 'ada@example.org', 'Ada', 'Fern'), (2, 'bo@example.org', 'Bo', 'Lund');
INSERT INTO addresses VALUES (1, 1, 'S 1', 'Wien', 1), (2, 2, 'R 2', 'Paris', 2);
INSERT INTO products VALUES (1, 'CUP', 'Cup', 10.00), (2, 'PEN', 'Pen', 3.33), (3, 'BOWL', 'Bowl', 15.00);
INSERT INTO orders VALUES (1, 1, 1, 'paid', 'EUR', '2026-01-05 10:00:00', 2.00, 3.00, 26.00), (2, 2, 2, 'shipped', 'EUR', '2026-01-06 10:00:00', 1.00, 0, 8.99), (3, 1, 1, 'cancelled', 'EUR', '2026-01-07 10:00:00', 0, 0, 10.00), (4, 2, 2, 'paid', 'EUR', '2026-01-08 10:00:00', 0, 0, 15.00);
INSERT INTO order_lines VALUES (1, 1, 1, 2, 10.00), (2, 1, 2, 1, 5.00), (3, 2, 2, 1, 3.33), (4, 2, 2, 1, 3.33), (5, 2, 2, 1, 3.33), (6, 3, 1, 1, 10.00), (7, 4, 3, 1, 15.00);
INSERT INTO payments VALUES (1, 1, 'card', '2026-01-05 10:00:00'), (2, 2, 'card', '2026-01-06 10:00:00'), (4, 4, 'card', '2026-01-08 10:00:00');
INSERT INTO payment_transactions VALUES (1, 1, 'capture', TRUE, 26.00, '2026-01-05 10:00:00'), (2, 2, 'capture', TRUE, 8.99, '2026-01-06 10:00:00'), (3, 4, 'capture', TRUE, 15.00, '2026-01-08 10:00:00'), (4, 4, 'refund', FALSE, 4.00, '2026-01-09 10:00:00'), (5, 4, 'refund', TRUE, 5.00, '2026-01-10 10:00:00');
