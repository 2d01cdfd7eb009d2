-- Change one product's stock and write down why. An order of a service moves nothing.
-- Grain: one product; returns its stock afterwards.
-- Errors: AM001 no such product, AM002 not enough stock; check: stock of a service.
CREATE OR REPLACE FUNCTION sp_change_stock(
    p_product_id bigint,
    p_change integer,
    p_reason text,
    p_order_id bigint DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_product products;
BEGIN
    SELECT p.* INTO v_product
    FROM products AS p
    WHERE p.product_id = p_product_id
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM001',
            MESSAGE = format('there is no product %s', p_product_id),
            HINT = 'choose a product of the catalogue';
    END IF;
    IF v_product.is_service AND p_order_id IS NOT NULL THEN
        RETURN v_product.stock_quantity;
    END IF;
    IF v_product.stock_quantity + p_change < 0 AND NOT v_product.is_service THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM002',
            MESSAGE = format(
                'product %s (%s) has %s in stock, %s are wanted',
                p_product_id, v_product.sku, v_product.stock_quantity, -p_change
            ),
            HINT = 'order fewer, or wait until it is restocked';
    END IF;
    UPDATE products AS p
    SET stock_quantity = p.stock_quantity + p_change
    WHERE p.product_id = p_product_id
    RETURNING p.* INTO v_product;
    INSERT INTO inventory_movements (product_id, quantity_change, reason, order_id)
    VALUES (p_product_id, p_change, p_reason, p_order_id);
    RETURN v_product.stock_quantity;
END;
$$;
