-- Services, such as a consultation, beside goods: they sell without stock.
-- Grain: products stays one row a product on sale.

ALTER TABLE products ADD COLUMN IF NOT EXISTS is_service boolean NOT NULL DEFAULT false;
ALTER TABLE products DROP CONSTRAINT IF EXISTS products_service_has_no_stock;
ALTER TABLE products ADD CONSTRAINT products_service_has_no_stock
CHECK (NOT is_service OR stock_quantity = 0);
