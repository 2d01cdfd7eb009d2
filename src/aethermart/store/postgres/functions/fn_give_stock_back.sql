-- Put the goods of an order back into stock, product by product in the order of their ids.
-- Grain: one movement a product of the order; returns nothing.
-- Errors: none of its own.
CREATE OR REPLACE FUNCTION fn_give_stock_back(p_order_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_line record;
BEGIN
    FOR v_line IN
        SELECT i.product_id, sum(i.quantity)::integer AS quantity
        FROM order_items AS i
        WHERE i.order_id = p_order_id
        GROUP BY i.product_id
        ORDER BY i.product_id
    LOOP
        PERFORM sp_change_stock(v_line.product_id, v_line.quantity, p_reason, p_order_id);
    END LOOP;
END;
$$;
