-- Refuse a move of an order's status that is not legal.
-- Grain: one move. Returns nothing.
-- Errors: AM006 illegal move.
CREATE OR REPLACE FUNCTION fn_require_legal_move(p_order_id bigint, p_from text, p_to text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
    IF NOT fn_order_status_move_is_legal(p_from, p_to) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM006',
            MESSAGE = format(
                'order %s cannot move from %s to %s',
                p_order_id, coalesce(p_from, 'nothing'), coalesce(p_to, 'nothing')
            ),
            HINT = 'an order goes PENDING, PAID, SHIPPED, DELIVERED; PENDING and PAID may be '
                'CANCELLED, DELIVERED may be RETURNED';
    END IF;
END;
$$;
