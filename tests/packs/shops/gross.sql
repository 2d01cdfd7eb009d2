-- Prices that include tax, of which only the order knows the sum; carts and payments beside.
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, name TEXT);
CREATE TABLE carts (id INTEGER PRIMARY KEY, user_id INTEGER, created_at TEXT);
CREATE TABLE cart_items (id INTEGER PRIMARY KEY, cart_id INTEGER, product_id INTEGER, quantity INTEGER, price NUMERIC);
CREATE TABLE payments (id INTEGER PRIMARY KEY, order_id INTEGER, amount NUMERIC, status TEXT, created_at TEXT);
CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT, price NUMERIC);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER, state TEXT, total NUMERIC, tax NUMERIC, shipping NUMERIC, created_at TEXT);
CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER, quantity INTEGER, price NUMERIC);
INSERT INTO users VALUES (1,'a@example.org','Ada');
INSERT INTO products VALUES (1,'Pen',12);
INSERT INTO carts VALUES (1,1,'2026-01-01 00:00:00');
INSERT INTO cart_items VALUES (1,1,1,5,12);
INSERT INTO orders VALUES (1,1,'paid',29,4.83,5,'2026-01-01 00:00:00'),(2,1,'cancelled',17,2.83,5,'2026-01-02 00:00:00'),(3,1,'pending',41,6.83,5,'2026-01-02 00:00:00');
INSERT INTO payments VALUES (1,1,29,'succeeded','2026-01-01 00:00:00');
INSERT INTO order_items VALUES (1,1,1,2,12),(2,2,1,1,12),(3,3,1,3,12);
