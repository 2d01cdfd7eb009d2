-- Held out at first: prefixed tables, keys named id_thing, states and products named by language.
CREATE TABLE ps_customer (id_customer INTEGER PRIMARY KEY, firstname VARCHAR(255), lastname VARCHAR(255), email VARCHAR(255), active INTEGER, deleted INTEGER, date_add TIMESTAMP, date_upd TIMESTAMP);
CREATE TABLE ps_country (id_country INTEGER PRIMARY KEY, iso_code VARCHAR(3), active INTEGER);
CREATE TABLE ps_address (id_address INTEGER PRIMARY KEY, id_country INTEGER, id_customer INTEGER, address1 VARCHAR(128), postcode VARCHAR(12), city VARCHAR(64), phone VARCHAR(32));
CREATE TABLE ps_currency (id_currency INTEGER PRIMARY KEY, name VARCHAR(64), iso_code VARCHAR(3), conversion_rate DECIMAL(13,6));
CREATE TABLE ps_lang (id_lang INTEGER PRIMARY KEY, name VARCHAR(32), iso_code VARCHAR(2));
CREATE TABLE ps_product (id_product INTEGER PRIMARY KEY, reference VARCHAR(64), price DECIMAL(20,6), active INTEGER, quantity INTEGER, date_add TIMESTAMP);
CREATE TABLE ps_product_lang (id_product INTEGER, id_lang INTEGER, name VARCHAR(128), PRIMARY KEY (id_product, id_lang));
CREATE TABLE ps_cart (id_cart INTEGER PRIMARY KEY, id_customer INTEGER, id_currency INTEGER, date_add TIMESTAMP);
CREATE TABLE ps_cart_product (id_cart INTEGER, id_product INTEGER, quantity INTEGER, date_add TIMESTAMP, PRIMARY KEY (id_cart, id_product));
CREATE TABLE ps_order_state (id_order_state INTEGER PRIMARY KEY, paid INTEGER, shipped INTEGER, deleted INTEGER);
CREATE TABLE ps_order_state_lang (id_order_state INTEGER, id_lang INTEGER, name VARCHAR(64), PRIMARY KEY (id_order_state, id_lang));
CREATE TABLE ps_orders (id_order INTEGER PRIMARY KEY, reference VARCHAR(9), id_customer INTEGER, id_cart INTEGER, id_currency INTEGER, id_address_delivery INTEGER, id_address_invoice INTEGER, current_state INTEGER, payment VARCHAR(255), total_discounts DECIMAL(20,6), total_paid DECIMAL(20,6), total_paid_tax_incl DECIMAL(20,6), total_paid_tax_excl DECIMAL(20,6), total_products DECIMAL(20,6), total_products_wt DECIMAL(20,6), total_shipping_tax_incl DECIMAL(20,6), total_shipping_tax_excl DECIMAL(20,6), date_add TIMESTAMP, date_upd TIMESTAMP);
CREATE TABLE ps_order_detail (id_order_detail INTEGER PRIMARY KEY, id_order INTEGER, product_id INTEGER, product_name VARCHAR(255), product_quantity INTEGER, product_price DECIMAL(20,6), reduction_percent DECIMAL(20,6), unit_price_tax_incl DECIMAL(20,6), unit_price_tax_excl DECIMAL(20,6), total_price_tax_incl DECIMAL(20,6), total_price_tax_excl DECIMAL(20,6));
CREATE TABLE ps_order_history (id_order_history INTEGER PRIMARY KEY, id_order INTEGER, id_order_state INTEGER, date_add TIMESTAMP);
INSERT INTO ps_customer VALUES (1, 'Ada', 'Fern', 'ada@example.org', 1, 0, '2026-01-01 08:00:00', '2026-01-01 08:00:00'), (2, 'Bo', 'Lund', 'bo@example.org', 1, 0, '2026-01-02 08:00:00', '2026-01-02 08:00:00');
INSERT INTO ps_country VALUES (8, 'FR', 1), (21, 'US', 1);
INSERT INTO ps_address VALUES (1, 8, 1, '1 rue Haute', '69001', 'Lyon', NULL), (2, 21, 2, '2 Low St', '73301', 'Austin', NULL);
INSERT INTO ps_currency VALUES (1, 'Euro', 'EUR', 1), (2, 'Dollar', 'USD', 1.1);
INSERT INTO ps_lang VALUES (1, 'English', 'en'), (2, 'Francais', 'fr');
INSERT INTO ps_product VALUES (1, 'CUP', 10, 1, 40, '2026-01-01 08:00:00'), (2, 'BOWL', 30, 1, 12, '2026-01-01 08:00:00');
INSERT INTO ps_product_lang VALUES (1, 1, 'Cup'), (1, 2, 'Tasse'), (2, 1, 'Bowl'), (2, 2, 'Bol');
INSERT INTO ps_cart VALUES (1, 1, 1, '2026-02-01 09:00:00'), (2, 2, 1, '2026-02-02 09:00:00');
INSERT INTO ps_cart_product VALUES (1, 1, 2, '2026-02-01 09:00:00'), (2, 1, 1, '2026-02-02 09:00:00');
INSERT INTO ps_order_state VALUES (1, 0, 0, 0), (2, 1, 0, 0), (5, 1, 1, 0), (6, 0, 0, 0);
INSERT INTO ps_order_state_lang VALUES (1, 1, 'Awaiting check payment'), (1, 2, 'En attente du paiement'), (2, 1, 'Payment accepted'), (2, 2, 'Paiement accepte'), (5, 1, 'Delivered'), (5, 2, 'Livre'), (6, 1, 'Canceled'), (6, 2, 'Annule');
INSERT INTO ps_orders VALUES
 (1, 'AAA', 1, 1, 1, 1, 1, 5, 'Card', 0, 66, 66, 55, 50, 60, 6, 5, '2026-02-01 10:00:00', '2026-02-04 10:00:00'),
 (2, 'BBB', 2, 2, 1, 2, 2, 6, 'Card', 0, 12, 12, 10, 10, 12, 0, 0, '2026-02-02 10:00:00', '2026-02-02 11:00:00'),
 (3, 'CCC', 2, 2, 2, 2, 2, 2, 'Card', 0, 36, 36, 30, 30, 36, 0, 0, '2026-02-03 10:00:00', '2026-02-03 10:00:00'),
 (4, 'DDD', 1, 1, 1, 1, 1, 1, 'Cheque', 0, 42, 42, 35, 30, 36, 6, 5, '2026-02-04 10:00:00', '2026-02-04 10:00:00');
INSERT INTO ps_order_detail VALUES (1, 1, 1, 'Cup', 2, 10, 0, 12, 10, 24, 20), (2, 1, 2, 'Bowl', 1, 30, 0, 36, 30, 36, 30), (3, 2, 1, 'Cup', 1, 10, 0, 12, 10, 12, 10), (4, 3, 1, 'Cup', 3, 10, 0, 12, 10, 36, 30), (5, 4, 2, 'Bowl', 1, 30, 0, 36, 30, 36, 30);
INSERT INTO ps_order_history VALUES (1, 1, 2, '2026-02-01 10:00:00'), (2, 1, 5, '2026-02-04 10:00:00'), (3, 2, 6, '2026-02-02 11:00:00');
