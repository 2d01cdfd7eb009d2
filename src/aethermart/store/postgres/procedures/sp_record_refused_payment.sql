-- Write down that a provider refused a payment of an order that is not paid yet.
-- Grain: one attempt; returns its id. Errors: AM006 the order is paid or ended, AM007 no such order.
CREATE OR REPLACE FUNCTION sp_record_refused_payment(p_order_id bigint, p_method text)
RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_order orders;
    v_payment_id bigint;
BEGIN
    SELECT o.* INTO v_order FROM orders AS o WHERE o.order_id = p_order_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM007',
            MESSAGE = format('there is no order %L', p_order_id),
            HINT = 'look the order up by its number';
    END IF;
    IF v_order.status <> 'PENDING' THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM006',
            MESSAGE = format('order %s is %s: it awaits no payment', p_order_id, v_order.status),
            HINT = 'only an order that is PENDING is paid';
    END IF;
    INSERT INTO payments (order_id, method, status, amount, currency)
    VALUES (p_order_id, p_method, 'FAILED', v_order.total_amount, v_order.currency)
    RETURNING payment_id INTO v_payment_id;
    RETURN v_payment_id;
END;
$$;
