-- A shop that deleted its first thirty orders and left their lines: header and lines all the same.
-- Nothing is declared to refer to anything; names are by language; tax stands in columns beside.
CREATE TABLE ps_customer (id_customer INTEGER PRIMARY KEY, firstname TEXT, lastname TEXT, email TEXT, date_add DATETIME, deleted INTEGER);
CREATE TABLE ps_order_state (id_order_state INTEGER PRIMARY KEY, paid INTEGER, shipped INTEGER);
CREATE TABLE ps_order_state_lang (id_order_state INTEGER, id_lang INTEGER, name TEXT, PRIMARY KEY (id_order_state, id_lang));
CREATE TABLE ps_currency (id_currency INTEGER PRIMARY KEY, iso_code TEXT, conversion_rate NUMERIC);
CREATE TABLE ps_product (id_product INTEGER PRIMARY KEY, reference TEXT, price DECIMAL(20,6), active INTEGER, date_add DATETIME);
CREATE TABLE ps_product_lang (id_product INTEGER, id_lang INTEGER, name TEXT, description TEXT, PRIMARY KEY (id_product, id_lang));
CREATE TABLE ps_orders (id_order INTEGER PRIMARY KEY, reference TEXT, id_customer INTEGER, id_currency INTEGER, current_state INTEGER, total_paid_tax_incl DECIMAL(20,6), total_paid_tax_excl DECIMAL(20,6), total_products DECIMAL(17,2), total_shipping DECIMAL(20,6), date_add DATETIME);
CREATE TABLE ps_order_detail (id_order_detail INTEGER PRIMARY KEY, id_order INTEGER, product_id INTEGER, product_name TEXT, product_quantity INTEGER, unit_price_tax_incl DECIMAL(20,6), unit_price_tax_excl DECIMAL(20,6), total_price_tax_incl DECIMAL(20,6), total_price_tax_excl DECIMAL(20,6));
CREATE TABLE ps_order_history (id_order_history INTEGER PRIMARY KEY, id_order INTEGER, id_order_state INTEGER, date_add DATETIME);
INSERT INTO ps_customer VALUES (1, 'Ada', 'Fern', 'ada@example.org', '2025-01-01 08:00:00', 0), (2, 'Bo', 'Lund', 'bo@example.org', '2025-01-02 08:00:00', 0);
INSERT INTO ps_order_state VALUES (1, 0, 0), (2, 1, 0), (4, 1, 1), (6, 0, 0);
INSERT INTO ps_order_state_lang VALUES (1, 1, 'Awaiting payment'), (2, 1, 'Payment accepted'), (4, 1, 'Shipped'), (6, 1, 'Canceled');
INSERT INTO ps_currency VALUES (1, 'EUR', 1), (2, 'USD', 1.1);
INSERT INTO ps_product VALUES (1, 'CUP', 10, 1, '2024-01-01 10:00:00'), (2, 'BOWL', 12, 1, '2024-01-01 10:00:00');
INSERT INTO ps_product_lang VALUES (1, 1, 'Cup', 'x'), (1, 2, 'Tasse', 'x'), (2, 1, 'Bowl', 'x');
-- 31 to 60: each fifth is cancelled, from 56 on in dollars.
WITH RECURSIVE n(i) AS (SELECT 31 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO ps_orders SELECT i, 'R' || i, 1 + i % 2, 1 + (i > 55), CASE WHEN i % 5 = 0 THEN 6 WHEN i % 5 = 1 THEN 1 WHEN i % 5 = 2 THEN 2 ELSE 4 END, 77, 65, 60, 5, '2026-02-01 10:' || (i - 1) || ':00' FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO ps_order_detail SELECT 3 * i + k, i, 1, 'Cup', 2, 12, 10, 24, 20 FROM n, (SELECT 0 AS k UNION SELECT 1 UNION SELECT 2) ORDER BY 1;
INSERT INTO ps_order_history VALUES (1, 31, 1, '2026-02-01 10:31:00'), (2, 33, 1, '2026-02-01 10:33:00'), (3, 33, 4, '2026-02-02 10:00:00'), (4, 35, 6, '2026-02-02 10:00:00');
