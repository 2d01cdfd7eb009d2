-- Take back every line of a DELIVERED order: one return a line, refunded in full without shipping
-- and tax; the stock goes back (trg_orders_status_effects).
-- Grain: one order; returns what is refunded, in the order's currency.
-- Errors: AM006 illegal move, AM007 no such order.
CREATE OR REPLACE FUNCTION sp_return_order(p_order_id bigint, p_reason text) RETURNS numeric
LANGUAGE plpgsql
AS $$
DECLARE
    v_from text;
    v_refund numeric;
BEGIN
    SELECT o.status INTO v_from
    FROM orders AS o
    WHERE o.order_id = p_order_id
    FOR NO KEY UPDATE;
    IF FOUND THEN
        PERFORM fn_require_legal_move(p_order_id, v_from, 'RETURNED');
        PERFORM fn_refund_lines(p_order_id, p_reason);
    END IF;
    PERFORM sp_change_order_status(p_order_id, 'RETURNED');
    SELECT coalesce(sum(r.refund_amount), 0) INTO v_refund
    FROM returns AS r
    WHERE r.order_id = p_order_id;
    RETURN v_refund;
END;
$$;
