-- Refuse a review of what was not delivered to the customer.
-- p_order_id  null: with whichever order
-- Grain: one review. Returns nothing.
-- Errors: AM011 not bought by the customer in the order, or not delivered.
CREATE OR REPLACE FUNCTION fn_require_delivered(
    p_product_id bigint,
    p_customer_id bigint,
    p_order_id bigint
) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT
        FROM orders AS o
        INNER JOIN order_items AS i ON i.order_id = o.order_id
        WHERE
            o.customer_id = p_customer_id
            AND (o.order_id = p_order_id OR p_order_id IS NULL)
            AND o.status IN ('DELIVERED', 'RETURNED')
            AND i.product_id = p_product_id
    ) THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM011',
            MESSAGE = format(
                'product %s was not delivered with %s of customer %s',
                coalesce(p_product_id::text, 'NULL'),
                coalesce('order ' || p_order_id, 'any order'),
                coalesce(p_customer_id::text, 'NULL')
            ),
            HINT = 'review a product of an order that has arrived';
    END IF;
END;
$$;
