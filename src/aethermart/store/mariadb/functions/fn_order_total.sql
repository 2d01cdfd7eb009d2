-- What an order costs: its lines, shipping and tax, in the order's currency.
-- Grain: one amount an order; null for an order that does not exist. Errors: none.
DELIMITER //
CREATE OR REPLACE FUNCTION fn_order_total(p_order_id BIGINT) RETURNS DECIMAL(14, 2)
READS SQL DATA
BEGIN
    RETURN (
        SELECT
            o.shipping_amount + o.tax_amount
            + COALESCE(
                (SELECT SUM(i.line_total) FROM order_items AS i WHERE i.order_id = o.order_id), 0
            )
        FROM orders AS o
        WHERE o.order_id = p_order_id
    );
END //
DELIMITER ;
