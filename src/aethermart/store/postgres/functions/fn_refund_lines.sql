-- Write the return of each line of an order that has none yet.
-- Grain: one return a line; returns nothing. Errors: none.
CREATE OR REPLACE FUNCTION fn_refund_lines(p_order_id bigint, p_reason text) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO returns (order_id, order_item_id, quantity, refund_amount, currency, reason)
    SELECT
        i.order_id,
        i.order_item_id,
        i.quantity,
        i.line_total,
        o.currency,
        p_reason
    FROM order_items AS i
    INNER JOIN orders AS o ON o.order_id = i.order_id
    WHERE
        i.order_id = p_order_id
        AND NOT EXISTS (SELECT FROM returns AS r WHERE r.order_item_id = i.order_item_id)
    ORDER BY i.line_number
$$;
