-- Set a product's price, for orders placed from now on.
-- Grain: one product; returns the price it had. Errors: AM001 no such product; check: a negative price.
CREATE OR REPLACE FUNCTION sp_change_price(p_product_id bigint, p_price numeric) RETURNS numeric
LANGUAGE plpgsql
AS $$
DECLARE
    v_before numeric;
BEGIN
    SELECT p.price INTO v_before FROM products AS p
    WHERE p.product_id = p_product_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM001',
            MESSAGE = format('there is no product %s', p_product_id),
            HINT = 'choose a product of the catalogue';
    END IF;
    UPDATE products SET price = p_price WHERE product_id = p_product_id;
    RETURN v_before;
END;
$$;
