-- Held out at first: states by language, an order's sums as rows of their own, orders that were never placed.
CREATE TABLE oc_customer (customer_id INTEGER PRIMARY KEY, firstname VARCHAR(32), lastname VARCHAR(32), email VARCHAR(96), telephone VARCHAR(32), status INTEGER, date_added TIMESTAMP);
CREATE TABLE oc_product (product_id INTEGER PRIMARY KEY, model VARCHAR(64), sku VARCHAR(64), quantity INTEGER, price DECIMAL(15,4), status INTEGER, date_added TIMESTAMP, date_modified TIMESTAMP);
CREATE TABLE oc_product_description (product_id INTEGER, language_id INTEGER, name VARCHAR(255), description TEXT, PRIMARY KEY (product_id, language_id));
CREATE TABLE oc_order_status (order_status_id INTEGER, language_id INTEGER, name VARCHAR(32), PRIMARY KEY (order_status_id, language_id));
CREATE TABLE oc_order (order_id INTEGER PRIMARY KEY, invoice_no INTEGER, store_name VARCHAR(64), customer_id INTEGER, firstname VARCHAR(32), email VARCHAR(96), payment_country VARCHAR(128), shipping_city VARCHAR(128), shipping_country VARCHAR(128), total DECIMAL(15,4), order_status_id INTEGER, currency_id INTEGER, currency_code VARCHAR(3), currency_value DECIMAL(15,8), date_added TIMESTAMP, date_modified TIMESTAMP);
CREATE TABLE oc_order_product (order_product_id INTEGER PRIMARY KEY, order_id INTEGER, product_id INTEGER, name VARCHAR(255), model VARCHAR(64), quantity INTEGER, price DECIMAL(15,4), total DECIMAL(15,4), tax DECIMAL(15,4), reward INTEGER);
CREATE TABLE oc_order_total (order_total_id INTEGER PRIMARY KEY, order_id INTEGER, code VARCHAR(32), title VARCHAR(255), value DECIMAL(15,4), sort_order INTEGER);
CREATE TABLE oc_order_history (order_history_id INTEGER PRIMARY KEY, order_id INTEGER, order_status_id INTEGER, notify INTEGER, comment TEXT, date_added TIMESTAMP);
CREATE TABLE oc_cart (cart_id INTEGER PRIMARY KEY, customer_id INTEGER, product_id INTEGER, quantity INTEGER, date_added TIMESTAMP);
INSERT INTO oc_customer VALUES (1, 'Ada', 'Fern', 'ada@example.org', '0100', 1, '2026-01-01 08:00:00'), (2, 'Bo', 'Lund', 'bo@example.org', '0101', 1, '2026-01-01 08:00:00');
INSERT INTO oc_product VALUES (1, 'Kettle', 'KET', 5, 40.0000, 1, '2026-01-01 08:00:00', '2026-01-01 08:00:00'), (2, 'Filter', 'FIL', 90, 15.0000, 1, '2026-01-01 08:00:00', '2026-01-01 08:00:00');
INSERT INTO oc_product_description VALUES (1, 1, 'Kettle', 'Boils'), (2, 1, 'Filter', 'Filters');
INSERT INTO oc_order_status VALUES (1, 1, 'Pending'), (2, 1, 'Processing'), (5, 1, 'Complete'), (7, 1, 'Canceled');
INSERT INTO oc_order VALUES
 (1, 1, 'Corner', 1, 'Ada', 'ada@example.org', 'Norway', 'Oslo', 'Norway', 101.0000, 5, 1, 'USD', 1, '2026-02-01 10:00:00', '2026-02-02 10:00:00'),
 (2, 0, 'Corner', 2, 'Bo', 'bo@example.org', 'Sweden', 'Lund', 'Sweden', 53.0000, 7, 1, 'USD', 1, '2026-02-02 10:00:00', '2026-02-02 10:00:00'),
 (3, 0, 'Corner', 2, 'Bo', 'bo@example.org', 'Sweden', 'Lund', 'Sweden', 53.0000, 0, 1, 'USD', 1, '2026-02-03 10:00:00', '2026-02-03 10:00:00'),
 (4, 2, 'Corner', 2, 'Bo', 'bo@example.org', 'Sweden', 'Lund', 'Sweden', 59.0000, 1, 2, 'EUR', 0.9, '2026-02-04 10:00:00', '2026-02-04 10:00:00');
INSERT INTO oc_order_product VALUES (1, 1, 1, 'Kettle', 'Kettle', 2, 40.0000, 80.0000, 8.0000, 0), (2, 2, 1, 'Kettle', 'Kettle', 1, 40.0000, 40.0000, 8.0000, 0), (3, 3, 1, 'Kettle', 'Kettle', 1, 40.0000, 40.0000, 8.0000, 0), (4, 4, 2, 'Filter', 'Filter', 3, 15.0000, 45.0000, 3.0000, 0);
INSERT INTO oc_order_total VALUES (1, 1, 'sub_total', 'Sub-Total', 80.0000, 1), (2, 1, 'shipping', 'Flat', 5.0000, 3), (3, 1, 'tax', 'VAT', 16.0000, 5), (4, 1, 'total', 'Total', 101.0000, 9), (5, 4, 'sub_total', 'Sub-Total', 45.0000, 1), (6, 4, 'shipping', 'Flat', 5.0000, 3), (7, 4, 'tax', 'VAT', 9.0000, 5), (8, 4, 'total', 'Total', 59.0000, 9);
INSERT INTO oc_order_history VALUES (1, 1, 1, 0, '', '2026-02-01 10:00:00'), (2, 1, 5, 1, '', '2026-02-02 10:00:00');
INSERT INTO oc_cart VALUES (1, 1, 2, 1, '2026-02-05 10:00:00');
