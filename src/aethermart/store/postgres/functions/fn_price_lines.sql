-- Lock the products of an order, in the order of their ids, and price its lines.
-- A line that names no discount gets that of the promotion that runs. A service needs no stock.
-- Grain: one element a line, as JSON: line_number, product_id, quantity, unit_price,
-- discount_amount, rounded to the minor unit. The products stay locked until the transaction ends.
-- Errors: AM001 no such product, AM002 not enough stock, AM008 another currency, AM009 a discount
--         above its line.
CREATE OR REPLACE FUNCTION fn_price_lines(p_items jsonb, p_currency text) RETURNS jsonb
LANGUAGE plpgsql
AS $$
DECLARE
    v_bad record;
    v_lines jsonb;
BEGIN
    -- ORDER BY is applied before the rows are locked; product ids never change.
    PERFORM FROM products AS p
    WHERE p.product_id IN (SELECT line.product_id FROM fn_order_lines(p_items) AS line)
    ORDER BY p.product_id
    FOR NO KEY UPDATE;

    SELECT
        line.product_id,
        sum(line.quantity) AS wanted,
        p.product_id IS NULL OR NOT p.is_active AS is_missing,
        p.currency <> p_currency AS has_other_currency,
        p.sku,
        p.currency,
        p.stock_quantity
    INTO v_bad
    FROM fn_order_lines(p_items) AS line
    LEFT JOIN products AS p ON p.product_id = line.product_id
    GROUP BY line.product_id, p.product_id
    HAVING
        p.product_id IS NULL
        OR NOT p.is_active
        OR p.currency <> p_currency
        OR (p.stock_quantity < sum(line.quantity) AND NOT p.is_service)
    ORDER BY line.product_id
    LIMIT 1;
    IF FOUND THEN
        IF v_bad.is_missing THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AM001',
                MESSAGE = format('there is no product %L on sale', v_bad.product_id),
                HINT = 'choose a product of the catalogue';
        ELSIF v_bad.has_other_currency THEN
            RAISE EXCEPTION USING
                ERRCODE = 'AM008',
                MESSAGE = format(
                    'product %s (%s) is sold in %s, the order is in %s',
                    v_bad.product_id, v_bad.sku, v_bad.currency, p_currency
                ),
                HINT = 'place one order a currency';
        END IF;
        RAISE EXCEPTION USING
            ERRCODE = 'AM002',
            MESSAGE = format(
                'product %s (%s) has %s in stock, %s are wanted',
                v_bad.product_id, v_bad.sku, v_bad.stock_quantity, v_bad.wanted
            ),
            HINT = 'order fewer, or wait until it is restocked';
    END IF;

    SELECT line.line_number, line.discount_amount, line.quantity * p.price AS worth INTO v_bad
    FROM fn_order_lines(p_items) AS line
    INNER JOIN products AS p ON p.product_id = line.product_id
    WHERE line.discount_amount > line.quantity * p.price
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING
            ERRCODE = 'AM009',
            MESSAGE = format(
                'line %s is worth %s and has a discount of %s',
                v_bad.line_number, v_bad.worth, v_bad.discount_amount
            ),
            HINT = 'a discount is no more than its line';
    END IF;

    SELECT
        jsonb_agg(
            jsonb_build_object(
                'line_number', line.line_number,
                'product_id', line.product_id,
                'quantity', line.quantity,
                'unit_price', p.price,
                'discount_amount',
                round(
                    coalesce(
                        line.discount_amount,
                        line.quantity * p.price * fn_running_discount(p.product_id) / 100
                    ),
                    2
                )
            )
        )
    INTO v_lines
    FROM fn_order_lines(p_items) AS line
    INNER JOIN products AS p ON p.product_id = line.product_id;
    RETURN v_lines;
END;
$$;
