-- Pay back what was received for an order, the same way: all of it, or p_amount.
-- Grain: one repayment an order that was paid; returns nothing. Errors: none.
CREATE OR REPLACE FUNCTION fn_refund_payment(p_order_id bigint, p_amount numeric DEFAULT NULL)
RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO payments (order_id, method, status, amount, currency)
    SELECT p.order_id, p.method, 'REFUNDED', coalesce(p_amount, p.amount), p.currency
    FROM payments AS p
    WHERE p.order_id = p_order_id AND p.status = 'CAPTURED'
$$;
