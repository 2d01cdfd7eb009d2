-- A warehouse's star: one fact row a line, the time, product, customer and currency in dimensions.
CREATE TABLE dim_date (date_key INTEGER PRIMARY KEY, full_date DATE, calendar_year INTEGER, month_name VARCHAR(20));
CREATE TABLE dim_customer (customer_key INTEGER PRIMARY KEY, customer_code VARCHAR(20), first_name VARCHAR(60), last_name VARCHAR(60), email VARCHAR(120), country VARCHAR(60));
CREATE TABLE dim_product (product_key INTEGER PRIMARY KEY, sku VARCHAR(40), product_name VARCHAR(120), list_price DECIMAL(12,2));
CREATE TABLE dim_currency (currency_key INTEGER PRIMARY KEY, currency_code CHAR(3), currency_name VARCHAR(40));
CREATE TABLE fact_sales (sales_key INTEGER PRIMARY KEY, order_number VARCHAR(20), date_key INTEGER REFERENCES dim_date (date_key), customer_key INTEGER REFERENCES dim_customer (customer_key), product_key INTEGER REFERENCES dim_product (product_key), currency_key INTEGER REFERENCES dim_currency (currency_key), quantity_sold INTEGER, unit_price DECIMAL(12,2), discount_amount DECIMAL(12,2), sales_amount DECIMAL(12,2));
INSERT INTO dim_date VALUES (20260201, '2026-02-01', 2026, 'February'), (20260203, '2026-02-03', 2026, 'February'), (20260205, '2026-02-05', 2026, 'February');
INSERT INTO dim_customer VALUES (1, 'C-1', 'Ada', 'Fern', 'ada@example.org', 'Norway'), (2, 'C-2', 'Bo', 'Lund', 'bo@example.org', 'Sweden');
INSERT INTO dim_product VALUES (1, 'TENT', 'Tent', 10.00), (2, 'PEG', 'Peg', 5.00);
INSERT INTO dim_currency VALUES (1, 'USD', 'US dollar'), (2, 'EUR', 'Euro'), (3, 'GBP', 'Pound');
INSERT INTO fact_sales VALUES (1, 'SO-1', 20260201, 1, 1, 1, 2, 10.00, 1.00, 19.00), (2, 'SO-1', 20260201, 1, 2, 1, 1, 5.00, 0.00, 5.00), (3, 'SO-2', 20260203, 2, 2, 2, 4, 5.00, 2.00, 18.00), (4, 'SO-3', 20260205, 1, 1, 1, 1, 10.00, 0.00, 10.00);
