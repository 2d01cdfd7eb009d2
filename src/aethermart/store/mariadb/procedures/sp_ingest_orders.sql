-- Type, clean, validate and keep the next p_rows or so records of a staged load of order lines.
-- A record is a line; the lines of one reference stay together and are kept whole or not at all. Of
-- two lines with one number the last counts. To be called until it answers with no rows, each call a
-- transaction.
-- Grain: one order a reference (orders.idempotency_key), with its lines and the event of its state:
-- history, which moves no stock and asks for no money. An order that is there already stays; where
-- the file says otherwise its lines are rejected (order_differs).
-- A quantity and a price that changed places go back where that is certain.
-- Money: the order's currency, EUR where the file names none. Times: UTC.
-- Errors: AM030 no such load is staged. Locks: the load, then what it inserts.
CREATE OR REPLACE PROCEDURE sp_ingest_orders(p_load_id BIGINT, p_rows INT)
MODIFIES SQL DATA
BEGIN
    DECLARE v_from, v_upto VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_order VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_nth INT DEFAULT p_rows - 1;
    CALL sp_ingest_begin(p_load_id, 'orders', v_from, v_order);
    IF v_from = '' THEN
        SET v_order = (
            SELECT fn_date_order(
                SUM(s.ordered_at REGEXP '^\\s*(1[3-9]|2[0-9]|3[01])[/-][0-9]{1,2}[/-][0-9]{4}'),
                SUM(s.ordered_at REGEXP '^\\s*[0-9]{1,2}[/-](1[3-9]|2[0-9]|3[01])[/-][0-9]{4}'))
            FROM staging_orders AS s WHERE s.load_id = p_load_id
        );
        UPDATE loads AS l SET l.date_order = v_order WHERE l.load_id = p_load_id;
    END IF;
    SET v_upto = (
        SELECT s.row_key FROM staging_orders AS s
        WHERE s.load_id = p_load_id AND s.row_key > v_from
        ORDER BY s.row_key LIMIT v_nth, 1
    );

    -- Typed first, into a narrow table, so that no function is called twice for a value.
    CREATE OR REPLACE TEMPORARY TABLE ingest_taken AS
    SELECT
        s.line, s.row_key, fn_one_line(s.order_reference) AS reference,
        fn_clean_email(s.customer_email) AS email,
        COALESCE(LOWER(NULLIF(TRIM(s.channel), '')), 'web') AS channel,
        COALESCE(UPPER(NULLIF(TRIM(s.status), '')), 'PENDING') AS status,
        COALESCE(UPPER(NULLIF(TRIM(s.currency), '')), 'EUR') AS currency,
        fn_parse_date(s.ordered_at, v_order) AS ordered_at,
        IF(TRIM(s.shipping_amount) <> '', fn_parse_amount(s.shipping_amount), 0) AS shipping,
        IF(TRIM(s.tax_amount) <> '', fn_parse_amount(s.tax_amount), 0) AS tax,
        fn_parse_integer(s.line_number) AS line_number, fn_one_line(s.sku) AS sku,
        IF(fn_is_price_in_quantity(s.quantity, s.unit_price),
            fn_parse_integer(s.unit_price), fn_parse_integer(s.quantity)) AS quantity,
        ROUND(IF(fn_is_price_in_quantity(s.quantity, s.unit_price),
            fn_parse_amount(s.quantity), fn_parse_amount(s.unit_price)), 2) AS unit_price,
        IF(TRIM(s.discount_amount) <> '', ROUND(fn_parse_amount(s.discount_amount), 2), 0) AS discount
    FROM staging_orders AS s
    WHERE s.load_id = p_load_id AND s.row_key > v_from
        AND (v_upto IS NULL OR s.row_key <= v_upto);
    SET v_upto = COALESCE(v_upto, (SELECT MAX(t.row_key) FROM ingest_taken AS t));

    CREATE OR REPLACE TEMPORARY TABLE ingest_verdicts AS
    SELECT
        t.line, t.row_key, t.reference, t.channel, t.status, t.currency, t.ordered_at, t.shipping,
        t.tax, t.line_number, t.quantity, t.unit_price, t.discount, c.customer_id, p.product_id,
        (SELECT MIN(a.address_id) FROM customer_addresses AS a WHERE a.customer_id = c.customer_id)
            AS address_id,
        CASE
            WHEN s.fault IS NOT NULL THEN s.fault
            WHEN t.reference IS NULL THEN 'order_reference_missing:'
            WHEN CHAR_LENGTH(t.reference) > 200 THEN CONCAT('order_reference_too_long:', LEFT(t.reference, 200))
            WHEN COALESCE(TRIM(s.customer_email), '') = '' THEN 'customer_email_missing:'
            WHEN t.email IS NULL THEN CONCAT('email_unusable:', s.customer_email)
            WHEN c.customer_id IS NULL THEN CONCAT('customer_unknown:', t.email)
            WHEN NOT EXISTS (SELECT 1 FROM customer_addresses AS a WHERE a.customer_id = c.customer_id)
                THEN CONCAT('address_missing:', t.email)
            WHEN t.channel NOT IN ('web', 'mobile', 'popup', 'partner') THEN CONCAT('channel_unknown:', s.channel)
            WHEN t.status NOT IN ('PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'RETURNED')
                THEN CONCAT('status_unknown:', s.status)
            WHEN t.currency NOT REGEXP '^[A-Z]{3}$' THEN CONCAT('currency_unknown:', s.currency)
            WHEN COALESCE(TRIM(s.ordered_at), '') = '' THEN 'ordered_at_missing:'
            WHEN t.ordered_at IS NULL THEN CONCAT('ordered_at_unreadable:', s.ordered_at)
            WHEN t.ordered_at NOT BETWEEN '1990-01-01' AND NOW(6) + INTERVAL 2 DAY
                THEN CONCAT('ordered_at_outside_shops_life:', s.ordered_at)
            WHEN t.shipping IS NULL THEN CONCAT('shipping_amount_unreadable:', s.shipping_amount)
            WHEN t.shipping < 0 THEN CONCAT('shipping_amount_negative:', s.shipping_amount)
            WHEN t.tax IS NULL THEN CONCAT('tax_amount_unreadable:', s.tax_amount)
            WHEN t.tax < 0 THEN CONCAT('tax_amount_negative:', s.tax_amount)
            WHEN t.sku IS NULL THEN 'sku_missing:'
            WHEN p.product_id IS NULL THEN CONCAT('product_unknown:', t.sku)
            WHEN COALESCE(TRIM(s.quantity), '') = '' THEN 'quantity_missing:'
            WHEN t.quantity IS NULL THEN CONCAT('quantity_unreadable:', s.quantity)
            WHEN t.quantity < 1 THEN CONCAT('quantity_out_of_range:', s.quantity)
            WHEN COALESCE(TRIM(s.unit_price), '') = '' THEN 'unit_price_missing:'
            WHEN t.unit_price IS NULL THEN CONCAT('unit_price_unreadable:', s.unit_price)
            WHEN t.unit_price < 0 THEN CONCAT('unit_price_negative:', s.unit_price)
            WHEN t.unit_price * t.quantity + t.shipping + t.tax > 999999999
                THEN CONCAT('unit_price_out_of_range:', s.unit_price)
            WHEN s.quantity REGEXP '[^-0-9., ]' AND fn_is_price_in_quantity(s.quantity, s.unit_price)
                AND NOT fn_parse_currency(s.quantity, t.currency) <=> t.currency
                THEN CONCAT('currency_contradicts:', s.quantity)
            WHEN s.unit_price REGEXP '[^-0-9., ]'
                AND NOT fn_parse_currency(s.unit_price, t.currency) <=> t.currency
                THEN CONCAT('currency_contradicts:', s.unit_price)
            WHEN t.discount IS NULL THEN CONCAT('discount_amount_unreadable:', s.discount_amount)
            WHEN t.discount < 0 THEN CONCAT('discount_amount_negative:', s.discount_amount)
            WHEN t.discount > t.quantity * t.unit_price
                THEN CONCAT('discount_amount_out_of_range:', s.discount_amount)
            WHEN s.line_number <> '' AND COALESCE(t.line_number, 0) < 1
                THEN CONCAT('line_number_unreadable:', s.line_number)
        END AS told
    FROM ingest_taken AS t
    INNER JOIN staging_orders AS s
        ON s.load_id = p_load_id AND s.row_key = t.row_key AND s.line = t.line
    LEFT JOIN customers AS c ON c.email = t.email
    LEFT JOIN products AS p ON p.sku = t.sku;

    -- Lines that no file numbered are numbered as they come; then, of one number, the last counts.
    UPDATE ingest_verdicts AS v
    INNER JOIN (
        SELECT n.row_key FROM ingest_verdicts AS n
        GROUP BY n.row_key
        HAVING COUNT(n.line_number) BETWEEN 1 AND COUNT(*) - 1
    ) AS mixed ON mixed.row_key = v.row_key
    SET v.told = 'line_number_missing:'
    WHERE v.told IS NULL AND v.line_number IS NULL;
    UPDATE ingest_verdicts AS v
    INNER JOIN (
        SELECT n.line, ROW_NUMBER() OVER (PARTITION BY n.row_key ORDER BY n.line) AS nth
        FROM ingest_verdicts AS n
        WHERE n.told IS NULL AND n.line_number IS NULL
    ) AS numbered ON numbered.line = v.line
    SET v.line_number = numbered.nth;
    UPDATE ingest_verdicts AS v
    INNER JOIN (
        SELECT n.row_key, n.line_number, MAX(n.line) AS line FROM ingest_verdicts AS n
        WHERE n.told IS NULL
        GROUP BY n.row_key, n.line_number
        HAVING COUNT(*) > 1
    ) AS last_one ON last_one.row_key = v.row_key AND last_one.line_number = v.line_number
    SET v.told = CONCAT('repeated_in_file:', v.row_key, ' ', v.line_number)
    WHERE v.told IS NULL AND v.line < last_one.line;

    CREATE OR REPLACE TEMPORARY TABLE ingest_orders (PRIMARY KEY (row_key)) AS
    SELECT
        v.row_key,
        MIN(IF(v.told NOT LIKE 'repeated%', v.line, NULL)) AS broken_line,
        MIN(v.customer_id) AS customer_id, MAX(v.customer_id) AS last_customer_id,
        MIN(v.channel) AS channel, MAX(v.channel) AS last_channel,
        MIN(v.status) AS status, MAX(v.status) AS last_status,
        MIN(v.currency) AS currency, MAX(v.currency) AS last_currency,
        MIN(v.ordered_at) AS ordered_at, MAX(v.ordered_at) AS last_ordered_at,
        MIN(v.address_id) AS address_id,
        ROUND(MAX(v.shipping), 2) AS shipping, ROUND(MAX(v.tax), 2) AS tax,
        SUM(IF(v.told IS NULL, v.quantity * v.unit_price - v.discount, 0)) AS net,
        COUNT(IF(v.told IS NULL, 1, NULL)) AS order_lines,
        CAST(NULL AS SIGNED) AS known_id
    FROM ingest_verdicts AS v
    GROUP BY v.row_key;
    UPDATE ingest_orders AS n
    INNER JOIN orders AS o ON o.idempotency_key = n.row_key
    SET n.known_id = o.order_id;
    UPDATE ingest_verdicts AS v
    INNER JOIN ingest_orders AS n ON n.row_key = v.row_key
    SET v.told = CASE
        WHEN n.broken_line IS NOT NULL THEN CONCAT('order_incomplete:line ', n.broken_line)
        WHEN n.customer_id <> n.last_customer_id OR n.channel <> n.last_channel
            OR n.status <> n.last_status OR n.currency <> n.last_currency
            OR n.ordered_at <> n.last_ordered_at THEN CONCAT('order_disagrees:', v.row_key)
        WHEN n.net + n.shipping + n.tax > 9999999999 THEN CONCAT('total_out_of_range:', v.row_key)
        WHEN n.known_id IS NOT NULL AND (
            NOT EXISTS (
                SELECT 1 FROM orders AS o
                WHERE o.order_id = n.known_id AND o.customer_id = n.customer_id
                    AND o.currency = n.currency AND o.total_amount = n.net + n.shipping + n.tax
            )
            OR (SELECT COUNT(*) FROM order_items AS i WHERE i.order_id = n.known_id) <> n.order_lines
            OR NOT EXISTS (
                SELECT 1 FROM order_items AS i
                WHERE i.order_id = n.known_id AND i.line_number = v.line_number
                    AND i.product_id = v.product_id AND i.quantity = v.quantity
                    AND i.unit_price = v.unit_price AND i.discount_amount = v.discount
            )
        ) THEN CONCAT('order_differs:', v.row_key)
    END
    WHERE v.told IS NULL AND (
        n.known_id IS NOT NULL OR n.broken_line IS NOT NULL OR n.customer_id <> n.last_customer_id
        OR n.channel <> n.last_channel OR n.status <> n.last_status
        OR n.currency <> n.last_currency OR n.ordered_at <> n.last_ordered_at
        OR n.net + n.shipping + n.tax > 9999999999
    );
    -- One line that differs makes the whole order another one.
    UPDATE ingest_verdicts AS v
    INNER JOIN (
        SELECT DISTINCT d.row_key FROM ingest_verdicts AS d WHERE d.told LIKE 'order\_differs:%'
    ) AS other ON other.row_key = v.row_key
    SET v.told = CONCAT('order_differs:', v.row_key)
    WHERE v.told IS NULL;
    DELETE n FROM ingest_orders AS n
    WHERE n.known_id IS NOT NULL OR NOT EXISTS (
        SELECT 1 FROM ingest_verdicts AS v WHERE v.row_key = n.row_key AND v.told IS NULL
    );

    INSERT INTO orders (
        customer_id, address_id, channel, status, currency, ordered_at, updated_at,
        idempotency_key, shipping_amount, tax_amount, total_amount
    )
    SELECT
        n.customer_id, n.address_id, n.channel, n.status, n.currency, n.ordered_at, n.ordered_at,
        n.row_key, n.shipping, n.tax, n.net + n.tax + n.shipping
    FROM ingest_orders AS n
    ORDER BY n.row_key;
    INSERT INTO order_items (
        order_id, line_number, product_id, quantity, unit_price, discount_amount
    )
    SELECT o.order_id, v.line_number, v.product_id, v.quantity, v.unit_price, v.discount
    FROM ingest_orders AS n
    INNER JOIN orders AS o ON o.idempotency_key = n.row_key
    INNER JOIN ingest_verdicts AS v ON v.row_key = n.row_key AND v.told IS NULL
    ORDER BY o.order_id, v.line_number;
    INSERT INTO order_events (order_id, from_status, to_status, changed_at)
    SELECT o.order_id, NULL, n.status, n.ordered_at
    FROM ingest_orders AS n
    INNER JOIN orders AS o ON o.idempotency_key = n.row_key
    ORDER BY o.order_id;
    CALL sp_ingest_next(p_load_id, v_upto);
END;
