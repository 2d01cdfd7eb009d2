-- Write what the buyer of an order says of one of its products: only of what was delivered.
-- Grain: one review; returns its id. The customer is the order's.
-- Errors: AM007 no such order, AM011 not bought in it, or not delivered; unique: reviewed before.
CREATE OR REPLACE FUNCTION sp_write_review(
    p_order_id bigint,
    p_product_id bigint,
    p_rating integer,
    p_title text,
    p_body text
) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_order orders;
    v_review_id bigint;
BEGIN
    SELECT o.* INTO v_order FROM orders AS o WHERE o.order_id = p_order_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM007',
            MESSAGE = format('there is no order %L', p_order_id),
            HINT = 'look the order up by its number';
    END IF;
    -- That it was delivered, trg_reviews_verified asks.
    INSERT INTO reviews (product_id, customer_id, order_id, rating, title, body)
    VALUES (p_product_id, v_order.customer_id, p_order_id, p_rating, p_title, p_body)
    RETURNING review_id INTO v_review_id;
    RETURN v_review_id;
END;
$$;
