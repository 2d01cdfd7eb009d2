-- Held out at first: an ERP's sales beside its purchases and books; quotations are orders in draft.
CREATE TABLE res_country (id INTEGER PRIMARY KEY, code VARCHAR(2), name VARCHAR(60));
CREATE TABLE res_currency (id INTEGER PRIMARY KEY, name VARCHAR(3), symbol VARCHAR(4));
CREATE TABLE res_partner (id INTEGER PRIMARY KEY, name VARCHAR(120), email VARCHAR(120), phone VARCHAR(40), street VARCHAR(120), city VARCHAR(60), zip VARCHAR(12), country_id INTEGER REFERENCES res_country (id), customer_rank INTEGER, supplier_rank INTEGER, create_date TIMESTAMP, write_date TIMESTAMP);
CREATE TABLE product_template (id INTEGER PRIMARY KEY, name VARCHAR(120), list_price DECIMAL(12,2), active BOOLEAN, type VARCHAR(20));
CREATE TABLE product_product (id INTEGER PRIMARY KEY, default_code VARCHAR(40), product_tmpl_id INTEGER REFERENCES product_template (id), barcode VARCHAR(40), active BOOLEAN);
CREATE TABLE sale_order (id INTEGER PRIMARY KEY, name VARCHAR(20), partner_id INTEGER REFERENCES res_partner (id), partner_shipping_id INTEGER REFERENCES res_partner (id), state VARCHAR(20), date_order TIMESTAMP, currency_id INTEGER REFERENCES res_currency (id), amount_untaxed DECIMAL(12,2), amount_tax DECIMAL(12,2), amount_total DECIMAL(12,2), create_date TIMESTAMP, write_date TIMESTAMP);
CREATE TABLE sale_order_line (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES sale_order (id), product_id INTEGER REFERENCES product_product (id), name VARCHAR(200), product_uom_qty DECIMAL(12,3), qty_delivered DECIMAL(12,3), qty_invoiced DECIMAL(12,3), price_unit DECIMAL(12,2), discount DECIMAL(5,2), price_subtotal DECIMAL(12,2), price_tax DECIMAL(12,2), price_total DECIMAL(12,2), state VARCHAR(20));
CREATE TABLE purchase_order (id INTEGER PRIMARY KEY, name VARCHAR(20), partner_id INTEGER REFERENCES res_partner (id), state VARCHAR(20), date_order TIMESTAMP, amount_total DECIMAL(12,2));
CREATE TABLE purchase_order_line (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES purchase_order (id), product_id INTEGER REFERENCES product_product (id), product_qty DECIMAL(12,3), price_unit DECIMAL(12,2), price_subtotal DECIMAL(12,2), price_total DECIMAL(12,2));
CREATE TABLE account_move (id INTEGER PRIMARY KEY, name VARCHAR(20), move_type VARCHAR(20), partner_id INTEGER, amount_total DECIMAL(12,2), invoice_date DATE, state VARCHAR(20));
INSERT INTO res_country VALUES (1, 'ES', 'Spain'), (2, 'PT', 'Portugal');
INSERT INTO res_currency VALUES (1, 'EUR', '€'), (2, 'USD', '$');
INSERT INTO res_partner VALUES (1, 'Ada Fern', 'ada@example.org', '0100', 'Calle 1', 'Madrid', '28001', 1, 1, 0, '2026-01-01 08:00:00', '2026-01-01 08:00:00'), (2, 'Bo Lund', 'bo@example.org', '0101', 'Rua 2', 'Porto', '4000', 2, 1, 0, '2026-01-01 08:00:00', '2026-01-01 08:00:00'), (3, 'Mill', 'mill@example.org', '0102', 'Calle 3', 'Vigo', '36201', 1, 0, 1, '2026-01-01 08:00:00', '2026-01-01 08:00:00');
INSERT INTO product_template VALUES (1, 'Desk', 50.00, TRUE, 'consu'), (2, 'Mat', 20.00, TRUE, 'consu');
INSERT INTO product_product VALUES (11, 'DESK', 1, NULL, TRUE), (12, 'MAT', 2, NULL, TRUE);
INSERT INTO sale_order VALUES
 (1, 'S0001', 1, 1, 'sale', '2026-02-01 10:00:00', 1, 110.00, 23.10, 133.10, '2026-01-31 10:00:00', '2026-02-01 10:00:00'),
 (2, 'S0002', 2, 2, 'cancel', '2026-02-02 10:00:00', 1, 50.00, 10.50, 60.50, '2026-02-02 09:00:00', '2026-02-02 10:00:00'),
 (3, 'S0003', 2, 2, 'draft', '2026-02-03 10:00:00', 1, 100.00, 21.00, 121.00, '2026-02-03 10:00:00', '2026-02-03 10:00:00'),
 (4, 'S0004', 1, 1, 'done', '2026-02-04 10:00:00', 1, 20.00, 4.20, 24.20, '2026-02-04 10:00:00', '2026-02-04 10:00:00');
INSERT INTO sale_order_line VALUES (1, 1, 11, 'Desk', 2.000, 2.000, 2.000, 50.00, 10.00, 90.00, 18.90, 108.90, 'sale'), (2, 1, 12, 'Mat', 1.000, 0.000, 0.000, 20.00, 0.00, 20.00, 4.20, 24.20, 'sale'), (3, 2, 11, 'Desk', 1.000, 0.000, 0.000, 50.00, 0.00, 50.00, 10.50, 60.50, 'cancel'), (4, 3, 12, 'Mat', 5.000, 0.000, 0.000, 20.00, 0.00, 100.00, 21.00, 121.00, 'draft'), (5, 4, 12, 'Mat', 1.000, 1.000, 1.000, 20.00, 0.00, 20.00, 4.20, 24.20, 'done');
INSERT INTO purchase_order VALUES (1, 'P0001', 3, 'purchase', '2026-01-10 10:00:00', 400.00);
INSERT INTO purchase_order_line VALUES (1, 1, 11, 10.000, 40.00, 400.00, 400.00);
INSERT INTO account_move VALUES (1, 'INV/1', 'out_invoice', 1, 133.10, '2026-02-02', 'posted');
