-- What a customer has brought in one currency: lines of orders not CANCELLED less refunds, without
-- tax and shipping. Currencies are not added.
-- INVOKER: it says of a customer no more than their orders do.
-- Grain: one amount a customer and currency. Nulls: null for a customer who does not exist; 0.00
--         without orders. Errors: none.
CREATE OR REPLACE FUNCTION fn_customer_lifetime_value(
    p_customer_id BIGINT,
    p_currency CHAR(3) CHARACTER SET ascii
) RETURNS DECIMAL(18, 2)
READS SQL DATA
SQL SECURITY INVOKER
RETURN (
    SELECT
        COALESCE(
            (
                SELECT SUM(i.line_total)
                FROM orders AS o
                INNER JOIN order_items AS i ON i.order_id = o.order_id
                WHERE
                    o.customer_id = c.customer_id
                    AND o.currency = p_currency
                    AND o.status <> 'CANCELLED'
            ), 0
        )
        - COALESCE(
            (
                SELECT SUM(r.refund_amount)
                FROM orders AS o
                INNER JOIN returns AS r ON r.order_id = o.order_id
                WHERE
                    o.customer_id = c.customer_id
                    AND r.currency = p_currency
                    AND o.status <> 'CANCELLED'
            ), 0
        )
    FROM customers AS c
    WHERE c.customer_id = p_customer_id
);
