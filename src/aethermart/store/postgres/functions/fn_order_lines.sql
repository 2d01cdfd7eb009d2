-- The lines that a JSON array asks for, numbered from 1 in its order.
-- Grain: one row an element; absent members are null.
-- Errors: 22P02 where a member is not a number.
CREATE OR REPLACE FUNCTION fn_order_lines(p_items jsonb)
RETURNS TABLE (
    line_number integer,
    product_id bigint,
    quantity integer,
    discount_amount numeric
)
LANGUAGE sql IMMUTABLE
AS $$
    SELECT
        line.line_number::integer,
        line.product_id,
        line.quantity,
        line.discount_amount
    FROM ROWS FROM (
        jsonb_to_recordset(p_items)
        AS (product_id bigint, quantity integer, discount_amount numeric)
    ) WITH ORDINALITY AS line (product_id, quantity, discount_amount, line_number)
$$;
