-- How a product is rated: the mean of its reviews, rounded to two places.
-- Grain: one answer a product. Nulls: null without reviews. Errors: none.
CREATE OR REPLACE FUNCTION fn_product_rating(p_product_id BIGINT) RETURNS DECIMAL(3, 2)
READS SQL DATA
SQL SECURITY INVOKER
RETURN (
    SELECT ROUND(AVG(r.rating), 2)
    FROM reviews AS r
    WHERE r.product_id = p_product_id
);
