-- What the promotions that run now take off a product's price: the largest, in percent.
-- Grain: one product; 0 where none runs. Errors: none.
DELIMITER //
CREATE OR REPLACE FUNCTION fn_running_discount(p_product_id BIGINT) RETURNS DECIMAL(5, 2)
READS SQL DATA
BEGIN
    RETURN (
        SELECT COALESCE(MAX(p.discount_percent), 0)
        FROM promotions AS p
        WHERE
            p.product_id = p_product_id
            AND p.starts_at <= CURRENT_TIMESTAMP(6)
            AND p.ends_at > CURRENT_TIMESTAMP(6)
    );
END //
DELIMITER ;
