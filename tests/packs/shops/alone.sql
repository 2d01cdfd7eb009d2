-- Lines without a price; each order has its sum before tax.
CREATE TABLE raw_customers (id VARCHAR(36) PRIMARY KEY, name VARCHAR(50));
CREATE TABLE raw_products (sku VARCHAR(10) PRIMARY KEY, name VARCHAR(50), price DECIMAL(10,2));
CREATE TABLE raw_orders (id VARCHAR(36) PRIMARY KEY, customer VARCHAR(36), ordered_at TIMESTAMP, subtotal DECIMAL(10,2), tax_paid DECIMAL(10,2), order_total DECIMAL(10,2));
CREATE TABLE raw_items (id VARCHAR(36) PRIMARY KEY, order_id VARCHAR(36), sku VARCHAR(10));
INSERT INTO raw_customers VALUES ('c-1', 'Ada'), ('c-2', 'Bo');
INSERT INTO raw_products VALUES ('JAF-001', 'nut', 11.00), ('BEV-001', 'tang', 6.00);
INSERT INTO raw_orders VALUES ('o-1', 'c-1', '2016-09-01 15:01:00', 17.00, 1.02, 18.02), ('o-2', 'c-2', '2016-09-02 09:00:00', 6.00, 0.36, 6.36);
INSERT INTO raw_items VALUES ('i-1', 'o-1', 'JAF-001'), ('i-2', 'o-1', 'BEV-001'), ('i-3', 'o-2', 'BEV-001');
