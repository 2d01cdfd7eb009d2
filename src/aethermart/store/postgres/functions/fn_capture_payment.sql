-- Write down that an order is paid, where nobody has: who moves it to PAID has the money.
-- Grain: one payment an order; returns nothing. Errors: none.
CREATE OR REPLACE FUNCTION fn_capture_payment(p_order_id bigint) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO payments (order_id, method, status, amount, currency)
    SELECT o.order_id, 'card', 'CAPTURED', o.total_amount, o.currency
    FROM orders AS o
    WHERE
        o.order_id = p_order_id
        AND NOT EXISTS (
            SELECT FROM payments AS p WHERE p.order_id = p_order_id AND p.status = 'CAPTURED'
        )
$$;
