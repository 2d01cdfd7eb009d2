-- A sales order with items, products as entity, attribute and value, a grid and quotes beside.
CREATE TABLE customer_entity (entity_id INTEGER PRIMARY KEY, email VARCHAR(255), firstname VARCHAR(255), lastname VARCHAR(255), created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE eav_attribute (attribute_id INTEGER PRIMARY KEY, entity_type_id INTEGER, attribute_code VARCHAR(255), backend_type VARCHAR(8));
CREATE TABLE catalog_product_entity (entity_id INTEGER PRIMARY KEY, sku VARCHAR(64), type_id VARCHAR(32), created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE catalog_product_entity_varchar (value_id INTEGER PRIMARY KEY, attribute_id INTEGER, store_id INTEGER, entity_id INTEGER, value VARCHAR(255));
CREATE TABLE catalog_product_entity_decimal (value_id INTEGER PRIMARY KEY, attribute_id INTEGER, store_id INTEGER, entity_id INTEGER, value DECIMAL(12,4));
CREATE TABLE quote (entity_id INTEGER PRIMARY KEY, customer_id INTEGER, grand_total DECIMAL(12,4), created_at TIMESTAMP, is_active INTEGER);
CREATE TABLE quote_item (item_id INTEGER PRIMARY KEY, quote_id INTEGER, product_id INTEGER, qty DECIMAL(12,4), price DECIMAL(12,4), row_total DECIMAL(12,4));
CREATE TABLE sales_order (entity_id INTEGER PRIMARY KEY, increment_id VARCHAR(32), state VARCHAR(32), status VARCHAR(32), customer_id INTEGER, base_currency_code VARCHAR(3), order_currency_code VARCHAR(3), subtotal DECIMAL(12,4), discount_amount DECIMAL(12,4), tax_amount DECIMAL(12,4), shipping_amount DECIMAL(12,4), grand_total DECIMAL(12,4), base_grand_total DECIMAL(12,4), total_paid DECIMAL(12,4), shipping_address_id INTEGER, created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE sales_order_grid (entity_id INTEGER PRIMARY KEY, increment_id VARCHAR(32), status VARCHAR(32), grand_total DECIMAL(12,4), created_at TIMESTAMP, customer_name VARCHAR(255));
CREATE TABLE sales_order_address (entity_id INTEGER PRIMARY KEY, parent_id INTEGER, address_type VARCHAR(255), street VARCHAR(255), city VARCHAR(255), postcode VARCHAR(255), country_id VARCHAR(2));
CREATE TABLE sales_order_item (item_id INTEGER PRIMARY KEY, order_id INTEGER, parent_item_id INTEGER, product_id INTEGER, product_type VARCHAR(255), sku VARCHAR(255), name VARCHAR(255), qty_ordered DECIMAL(12,4), price DECIMAL(12,4), base_price DECIMAL(12,4), row_total DECIMAL(12,4), row_total_incl_tax DECIMAL(12,4), discount_amount DECIMAL(12,4), tax_amount DECIMAL(12,4));
CREATE TABLE sales_order_status_history (entity_id INTEGER PRIMARY KEY, parent_id INTEGER, status VARCHAR(32), created_at TIMESTAMP, comment TEXT);
INSERT INTO customer_entity VALUES (1, 'ada@example.org', 'Ada', 'Fern', '2026-01-01 08:00:00', '2026-01-01 08:00:00'), (2, 'bo@example.org', 'Bo', 'Lund', '2026-01-02 08:00:00', '2026-01-02 08:00:00');
INSERT INTO eav_attribute VALUES (71, 4, 'name', 'varchar'), (75, 4, 'price', 'decimal'), (9, 1, 'lastname', 'static');
INSERT INTO catalog_product_entity VALUES (1, 'CHAIR', 'configurable', '2026-01-01 08:00:00', '2026-01-01 08:00:00'), (2, 'CHAIR-RED', 'simple', '2026-01-01 08:00:00', '2026-01-01 08:00:00'), (3, 'CUSHION', 'simple', '2026-01-01 08:00:00', '2026-01-01 08:00:00');
INSERT INTO catalog_product_entity_varchar VALUES (1, 71, 0, 1, 'Chair'), (2, 71, 0, 2, 'Chair, red'), (3, 71, 0, 3, 'Cushion');
INSERT INTO catalog_product_entity_decimal VALUES (1, 75, 0, 1, 30.0000), (2, 75, 0, 2, 30.0000), (3, 75, 0, 3, 10.0000);
INSERT INTO quote VALUES (1, 1, 60.0000, '2026-02-01 09:00:00', 0), (2, 2, 30.0000, '2026-02-01 09:00:00', 1);
INSERT INTO quote_item VALUES (1, 1, 1, 2.0000, 30.0000, 60.0000), (2, 2, 3, 3.0000, 10.0000, 30.0000);
INSERT INTO sales_order VALUES
 (1, '000000001', 'complete', 'complete', 1, 'USD', 'USD', 70.0000, -6.0000, 12.1600, 5.0000, 81.1600, 81.1600, 81.1600, 1, '2026-02-01 10:00:00', '2026-02-04 10:00:00'),
 (2, '000000002', 'processing', 'processing', 2, 'USD', 'USD', 30.0000, 0.0000, 5.7000, 5.0000, 40.7000, 40.7000, 40.7000, 2, '2026-02-02 10:00:00', '2026-02-02 10:00:00'),
 (3, '000000003', 'canceled', 'canceled', 2, 'USD', 'USD', 30.0000, -3.0000, 5.1300, 5.0000, 37.1300, 37.1300, NULL, 3, '2026-02-03 10:00:00', '2026-02-03 10:00:00'),
 (4, '000000004', 'holded', 'holded', NULL, 'USD', 'USD', 10.0000, 0.0000, 1.9000, 5.0000, 16.9000, 16.9000, NULL, 4, '2026-02-04 10:00:00', '2026-02-04 10:00:00');
INSERT INTO sales_order_grid VALUES (1, '000000001', 'complete', 81.1600, '2026-02-01 10:00:00', 'Ada Fern'), (2, '000000002', 'processing', 40.7000, '2026-02-02 10:00:00', 'Bo Lund'), (3, '000000003', 'canceled', 37.1300, '2026-02-03 10:00:00', 'Bo Lund'), (4, '000000004', 'holded', 16.9000, '2026-02-04 10:00:00', 'Guest');
INSERT INTO sales_order_address VALUES (1, 1, 'shipping', '1 High St', 'Boston', '02101', 'US'), (2, 2, 'shipping', '2 Low St', 'Austin', '73301', 'US'), (3, 3, 'shipping', '2 Low St', 'Austin', '73301', 'US'), (4, 4, 'shipping', '9 Far St', 'Toronto', 'M4B', 'CA'), (5, 1, 'billing', '1 High St', 'Boston', '02101', 'US');
INSERT INTO sales_order_item VALUES
 (1, 1, NULL, 1, 'configurable', 'CHAIR-RED', 'Chair', 2.0000, 30.0000, 30.0000, 60.0000, 71.4000, 6.0000, 10.2600),
 (2, 1, 1, 2, 'simple', 'CHAIR-RED', 'Chair, red', 2.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000, 0.0000),
 (3, 1, NULL, 3, 'simple', 'CUSHION', 'Cushion', 1.0000, 10.0000, 10.0000, 10.0000, 11.9000, 0.0000, 1.9000),
 (4, 2, NULL, 3, 'simple', 'CUSHION', 'Cushion', 3.0000, 10.0000, 10.0000, 30.0000, 35.7000, 0.0000, 5.7000),
 (5, 3, NULL, 1, 'configurable', 'CHAIR-RED', 'Chair', 1.0000, 30.0000, 30.0000, 30.0000, 35.7000, 3.0000, 5.1300),
 (6, 4, NULL, 3, 'simple', 'CUSHION', 'Cushion', 1.0000, 10.0000, 10.0000, 10.0000, 11.9000, 0.0000, 1.9000);
INSERT INTO sales_order_status_history VALUES (1, 1, 'pending', '2026-02-01 10:00:00', NULL), (2, 1, 'complete', '2026-02-04 10:00:00', NULL), (3, 2, 'processing', '2026-02-02 10:00:00', NULL), (4, 3, 'canceled', '2026-02-03 10:00:00', NULL);
