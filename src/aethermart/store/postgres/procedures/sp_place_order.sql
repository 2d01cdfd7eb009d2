-- Place an order, whole or not at all, at the prices of this moment.
--
-- p_items  JSON array of {"product_id", "quantity", "discount_amount"}: the lines in their order.
--          A line without discount_amount gets the discount of the promotion that runs. A product
--          may stand on several lines.
-- p_tax_rate  of the lines' sum, 0.19 for 19 %; shipping is not taxed here.
-- p_idempotency_key  a repeat with the same key returns the first order and changes nothing.
--
-- Grain: one order; returns its id, total and currency, and whether this was a repeat.
-- Locks: the key, then the products in the order of their ids, so that two buyers cannot deadlock.
-- Errors: AM001 no such product (or no longer sold), AM002 not enough stock, AM003 empty order,
--         AM004 unknown customer (or an address that is not theirs), AM005 bad channel,
--         AM008 another currency, AM009 bad quantity or discount, AM010 the key belongs to another
--         order.
CREATE OR REPLACE FUNCTION sp_place_order(
    p_customer_id bigint,
    p_address_id bigint,
    p_channel text,
    p_items jsonb,
    p_idempotency_key text DEFAULT NULL,
    p_currency text DEFAULT 'EUR',
    p_shipping_amount numeric DEFAULT 0,
    p_tax_rate numeric DEFAULT 0
) RETURNS TABLE (order_id bigint, total_amount numeric, currency text, repeated boolean)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_order orders;
    v_lines jsonb;
    v_net numeric;
    v_tax numeric;
BEGIN
    IF p_idempotency_key IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(p_idempotency_key, 0));
        SELECT o.* INTO v_order FROM orders AS o WHERE o.idempotency_key = p_idempotency_key;
        IF FOUND THEN
            PERFORM fn_require_same_order(v_order, p_customer_id, p_items);
            RETURN QUERY
            SELECT v_order.order_id, v_order.total_amount, v_order.currency::text, true;
            RETURN;
        END IF;
    END IF;

    PERFORM fn_require_order_is_sound(p_customer_id, p_address_id, p_channel, p_items);
    v_lines := fn_price_lines(p_items, p_currency);
    SELECT sum(line.quantity * line.unit_price - line.discount_amount) INTO v_net
    FROM jsonb_to_recordset(v_lines)
        AS line (quantity integer, unit_price numeric, discount_amount numeric);
    v_tax := round(v_net * p_tax_rate, 2);

    INSERT INTO orders (
        customer_id, address_id, channel, currency, idempotency_key,
        shipping_amount, tax_amount, total_amount
    )
    VALUES (
        p_customer_id, p_address_id, p_channel, p_currency, p_idempotency_key,
        p_shipping_amount, v_tax, v_net + v_tax + p_shipping_amount
    )
    RETURNING * INTO v_order;

    -- Takes the stock by trg_order_items_stock.
    INSERT INTO order_items (
        order_id, line_number, product_id, quantity, unit_price, discount_amount
    )
    SELECT
        v_order.order_id,
        line.line_number,
        line.product_id,
        line.quantity,
        line.unit_price,
        line.discount_amount
    FROM jsonb_to_recordset(v_lines) AS line (
        line_number integer,
        product_id bigint,
        quantity integer,
        unit_price numeric,
        discount_amount numeric
    )
    ORDER BY line.line_number;

    RETURN QUERY
    SELECT v_order.order_id, v_order.total_amount, v_order.currency::text, false;
END;
$$;
