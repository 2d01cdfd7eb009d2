-- Move an order on. What follows from a move (stock back, refunds, the event) the triggers of
-- `orders` do, so that it follows from any UPDATE.
-- Grain: one order; returns the status it had.
-- Errors: AM006 illegal move, AM007 no such order.
CREATE OR REPLACE FUNCTION sp_change_order_status(p_order_id bigint, p_status text) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
    v_from text;
BEGIN
    SELECT o.status INTO v_from
    FROM orders AS o
    WHERE o.order_id = p_order_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM007',
            MESSAGE = format('there is no order %L', p_order_id),
            HINT = 'look the order up by its number';
    END IF;
    PERFORM fn_require_legal_move(p_order_id, v_from, p_status);
    UPDATE orders AS o SET status = p_status WHERE o.order_id = p_order_id;
    RETURN v_from;
END;
$$;
