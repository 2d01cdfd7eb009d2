-- Type, clean, validate and keep the next p_rows or so records of a staged load of reviews.
-- Records of one order, product and customer stay together; the last one counts. To be called until
-- it answers with no rows, each call a transaction.
-- Grain: one review of a product by a customer, of one order where the file names it: inserted, or
-- brought to what the file says.
-- Errors: AM030 no such load is staged. Locks: the load, then the reviews it names.
CREATE OR REPLACE PROCEDURE sp_ingest_reviews(p_load_id BIGINT, p_rows INT)
MODIFIES SQL DATA
BEGIN
    DECLARE v_from, v_upto VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_order VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_nth INT DEFAULT p_rows - 1;
    CALL sp_ingest_begin(p_load_id, 'reviews', v_from, v_order);
    IF v_from = '' THEN
        SET v_order = (
            SELECT fn_date_order(
                SUM(s.reviewed_at REGEXP '^\\s*(1[3-9]|2[0-9]|3[01])[/-][0-9]{1,2}[/-][0-9]{4}'),
                SUM(s.reviewed_at REGEXP '^\\s*[0-9]{1,2}[/-](1[3-9]|2[0-9]|3[01])[/-][0-9]{4}'))
            FROM staging_reviews AS s WHERE s.load_id = p_load_id
        );
        UPDATE loads AS l SET l.date_order = v_order WHERE l.load_id = p_load_id;
    END IF;
    SET v_upto = (
        SELECT s.row_key FROM staging_reviews AS s
        WHERE s.load_id = p_load_id AND s.row_key > v_from
        ORDER BY s.row_key LIMIT v_nth, 1
    );

    -- Tables of their own, so that no function is called twice for a value.
    CREATE OR REPLACE TEMPORARY TABLE ingest_taken AS
    SELECT
        s.line, s.row_key, s.fault, fn_one_line(s.order_reference) AS reference,
        NULLIF(TRIM(s.customer_email), '') AS email_text,
        fn_clean_email(s.customer_email) AS email,
        fn_one_line(s.sku) AS sku, NULLIF(TRIM(s.rating), '') AS rating_text,
        fn_parse_integer(s.rating) AS rating, fn_one_line(s.title) AS title,
        COALESCE(s.body, '') AS body, NULLIF(TRIM(s.reviewed_at), '') AS reviewed_text,
        fn_parse_date(s.reviewed_at, v_order) AS reviewed_at
    FROM staging_reviews AS s
    WHERE s.load_id = p_load_id AND s.row_key > v_from
        AND (v_upto IS NULL OR s.row_key <= v_upto);
    CREATE OR REPLACE TEMPORARY TABLE ingest_verdicts AS
    SELECT t.*, o.order_id, c.customer_id, p.product_id, CASE
        WHEN t.fault IS NOT NULL THEN t.fault
        WHEN t.email_text IS NULL THEN 'customer_email_missing:'
        WHEN t.email IS NULL THEN CONCAT('email_unusable:', t.email_text)
        WHEN c.customer_id IS NULL THEN CONCAT('customer_unknown:', t.email)
        WHEN t.sku IS NULL THEN 'sku_missing:'
        WHEN p.product_id IS NULL THEN CONCAT('product_unknown:', t.sku)
        WHEN t.reference IS NOT NULL AND o.order_id IS NULL THEN CONCAT('order_unknown:', t.reference)
        WHEN o.customer_id <> c.customer_id THEN CONCAT('order_of_another:', t.reference)
        WHEN o.order_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM order_items AS i
            WHERE i.order_id = o.order_id AND i.product_id = p.product_id
        ) THEN CONCAT('product_not_in_order:', t.sku)
        WHEN o.status NOT IN ('DELIVERED', 'RETURNED') THEN CONCAT('order_not_delivered:', o.status)
        WHEN t.rating_text IS NULL THEN 'rating_missing:'
        WHEN t.rating IS NULL THEN CONCAT('rating_unreadable:', t.rating_text)
        WHEN t.rating NOT BETWEEN 1 AND 5 THEN CONCAT('rating_out_of_range:', t.rating_text)
        WHEN t.title IS NULL THEN 'title_missing:'
        WHEN CHAR_LENGTH(t.title) > 500 THEN CONCAT('title_too_long:', LEFT(t.title, 200))
        WHEN t.reviewed_text IS NOT NULL AND t.reviewed_at IS NULL
            THEN CONCAT('reviewed_at_unreadable:', t.reviewed_text)
        WHEN t.reviewed_at NOT BETWEEN '1990-01-01' AND NOW(6) + INTERVAL 2 DAY
            THEN CONCAT('reviewed_at_outside_shops_life:', t.reviewed_text)
    END AS told
    FROM ingest_taken AS t
    LEFT JOIN orders AS o ON o.idempotency_key = t.reference
    LEFT JOIN customers AS c ON c.email = t.email
    LEFT JOIN products AS p ON p.sku = t.sku;
    UPDATE ingest_verdicts AS v
    INNER JOIN (
        SELECT n.row_key, MAX(n.line) AS line FROM ingest_verdicts AS n
        WHERE n.told IS NULL
        GROUP BY n.row_key
        HAVING COUNT(*) > 1
    ) AS last_one ON last_one.row_key = v.row_key
    SET v.told = CONCAT('repeated_in_file:', v.row_key)
    WHERE v.told IS NULL AND v.line < last_one.line;
    SET v_upto = COALESCE(v_upto, (SELECT MAX(v.row_key) FROM ingest_verdicts AS v));

    UPDATE reviews AS w
    INNER JOIN ingest_verdicts AS v
        ON v.customer_id = w.customer_id AND v.product_id = w.product_id
        AND v.order_id <=> w.order_id AND v.told IS NULL
    SET
        w.rating = v.rating, w.title = v.title, w.body = v.body,
        w.reviewed_at = COALESCE(v.reviewed_at, w.reviewed_at)
    WHERE NOT (
        w.rating = v.rating AND w.title COLLATE utf8mb4_nopad_bin = v.title
        AND w.body COLLATE utf8mb4_nopad_bin = v.body
        AND w.reviewed_at = COALESCE(v.reviewed_at, w.reviewed_at)
    );
    INSERT INTO reviews (product_id, customer_id, order_id, rating, title, body, reviewed_at)
    SELECT
        v.product_id, v.customer_id, v.order_id, v.rating, v.title, v.body,
        COALESCE(v.reviewed_at, NOW(6))
    FROM ingest_verdicts AS v
    WHERE v.told IS NULL AND NOT EXISTS (
        SELECT 1 FROM reviews AS w
        WHERE w.customer_id = v.customer_id AND w.product_id = v.product_id
            AND w.order_id <=> v.order_id
    )
    ORDER BY v.line;
    CALL sp_ingest_next(p_load_id, v_upto);
END;
