-- Whether so many of a product can be ordered now: it is on sale, and there are that many, or it is
-- a service, which has no stock.
-- Grain: one answer a product and quantity. Nulls: null for a product that does not exist or a null
--         quantity. Errors: none.
CREATE OR REPLACE FUNCTION fn_product_in_stock(p_product_id BIGINT, p_quantity INT)
RETURNS BOOLEAN
READS SQL DATA
SQL SECURITY INVOKER
RETURN (
    SELECT p.is_active AND (p.is_service OR p.stock_quantity >= p_quantity)
    FROM products AS p
    WHERE p.product_id = p_product_id AND p_quantity IS NOT NULL
);
