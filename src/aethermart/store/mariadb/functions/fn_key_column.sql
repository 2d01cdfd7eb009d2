-- The column that tells a table's rows apart, of the tables that cleansing changes; else NULL.
-- Grain: one table. Errors: none.
CREATE OR REPLACE FUNCTION fn_key_column(p_table VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin)
RETURNS VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin
DETERMINISTIC NO SQL
RETURN CASE p_table
    WHEN 'customers' THEN 'customer_id'
    WHEN 'customer_addresses' THEN 'address_id'
    WHEN 'suppliers' THEN 'supplier_id'
    WHEN 'products' THEN 'product_id'
END;
