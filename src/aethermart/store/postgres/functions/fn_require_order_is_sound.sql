-- Refuse an order that is wrong in itself, before anything is locked.
-- Grain: one order. Returns nothing.
-- Errors: AM003 empty order, AM004 unknown customer, AM005 bad channel, AM009 bad quantity or
--         discount.
CREATE OR REPLACE FUNCTION fn_require_order_is_sound(
    p_customer_id bigint,
    p_address_id bigint,
    p_channel text,
    p_items jsonb
) RETURNS void
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    v_bad record;
BEGIN
    IF jsonb_typeof(p_items) IS DISTINCT FROM 'array' OR jsonb_array_length(p_items) = 0 THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM003',
            MESSAGE = 'the order has no lines',
            HINT = 'put at least one product into it';
    END IF;
    IF p_channel IS NULL OR p_channel NOT IN ('web', 'mobile', 'popup', 'partner') THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM005',
            MESSAGE = format('%L is not a channel', p_channel),
            HINT = 'use web, mobile, popup or partner';
    END IF;
    PERFORM FROM customer_addresses AS a
    WHERE a.address_id = p_address_id AND a.customer_id = p_customer_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM004',
            MESSAGE = format(
                'there is no customer %L with address %L', p_customer_id, p_address_id
            ),
            HINT = 'register the customer and the address first';
    END IF;
    SELECT line.line_number, line.quantity, line.discount_amount INTO v_bad
    FROM fn_order_lines(p_items) AS line
    WHERE line.quantity IS NULL OR line.quantity <= 0 OR line.discount_amount < 0
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM009',
            MESSAGE = format(
                'line %s has quantity %L and discount %L',
                v_bad.line_number, v_bad.quantity, coalesce(v_bad.discount_amount, 0)
            ),
            HINT = 'a quantity is 1 or more, a discount 0 or more';
    END IF;
END;
$$;
