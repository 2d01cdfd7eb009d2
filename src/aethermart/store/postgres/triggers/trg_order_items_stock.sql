-- A line that is written takes its goods from stock, product by product in the order of their ids.
-- Grain: one movement an order and product of the statement. Lines are never changed afterwards.
-- Errors: AM002 not enough stock. Not in bulk (fn_is_bulk).
CREATE OR REPLACE FUNCTION fn_trg_order_items_stock() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_line record;
BEGIN
    FOR v_line IN
        SELECT n.order_id, n.product_id, sum(n.quantity)::integer AS quantity
        FROM new_items AS n
        GROUP BY n.order_id, n.product_id
        ORDER BY n.product_id, n.order_id
    LOOP
        PERFORM sp_change_stock(v_line.product_id, -v_line.quantity, 'SALE', v_line.order_id);
    END LOOP;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE TRIGGER trg_order_items_stock
AFTER INSERT ON order_items
REFERENCING NEW TABLE AS new_items
FOR EACH STATEMENT
WHEN (NOT fn_is_bulk())
EXECUTE FUNCTION fn_trg_order_items_stock();
