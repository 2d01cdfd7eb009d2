-- Put back into stock what an order took from it, product by product in the order of their ids.
-- Grain: one movement a product of the order; returns nothing.
-- Errors: none of its own.
CREATE OR REPLACE FUNCTION fn_give_stock_back(p_order_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_line record;
BEGIN
    FOR v_line IN
        SELECT m.product_id, -sum(m.quantity_change)::integer AS quantity
        FROM inventory_movements AS m
        WHERE m.order_id = p_order_id AND m.reason = 'SALE'
        GROUP BY m.product_id
        ORDER BY m.product_id
    LOOP
        PERFORM sp_change_stock(v_line.product_id, v_line.quantity, p_reason, p_order_id);
    END LOOP;
END;
$$;
