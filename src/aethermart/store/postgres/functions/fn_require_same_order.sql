-- Refuse a repeated idempotency key whose request is not the one that placed the order.
-- Grain: one order. Returns nothing.
-- Errors: AM010 the key belongs to another order.
CREATE OR REPLACE FUNCTION fn_require_same_order(
    p_order orders,
    p_customer_id bigint,
    p_items jsonb
) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF p_order.customer_id = p_customer_id AND NOT EXISTS (
        SELECT
        FROM fn_order_lines(p_items) AS asked
        FULL JOIN (
            SELECT i.line_number, i.product_id, i.quantity
            FROM order_items AS i
            WHERE i.order_id = p_order.order_id
        ) AS placed
            ON
                placed.line_number = asked.line_number
                AND placed.product_id = asked.product_id
                AND placed.quantity = asked.quantity
        WHERE placed.line_number IS NULL OR asked.line_number IS NULL
    ) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION USING
        ERRCODE = 'AM010',
        MESSAGE = format(
            'idempotency key %L placed order %s, which has another customer or other lines',
            p_order.idempotency_key, p_order.order_id
        ),
        HINT = 'use a new key for a new order';
END;
$$;
