-- The legal moves of an order's status; null as p_from is the placing.
-- Grain: one answer a pair. Errors: none.
CREATE OR REPLACE FUNCTION fn_order_status_move_is_legal(p_from text, p_to text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT (coalesce(p_from, ''), p_to) IN (
        ('', 'PENDING'),
        ('PENDING', 'PAID'),
        ('PENDING', 'CANCELLED'),
        ('PAID', 'SHIPPED'),
        ('PAID', 'CANCELLED'),
        ('SHIPPED', 'DELIVERED'),
        ('DELIVERED', 'RETURNED')
    )
$$;
