-- Type, clean, validate and keep the next p_rows or so records of a staged load of products.
-- Records of one sku stay together; the last one counts. To be called until it answers with no
-- rows, each call a transaction: what is done stays done, and a killed load goes on from there.
-- Grain: one product a sku: inserted, or brought to what the file says; an empty field leaves what
-- is there. Stock that changes has its movement (RESTOCK of a new product, else ADJUSTMENT).
-- Money: the price's own currency, else the column's, else the product's, else EUR.
-- Errors: AM030 no such load is staged. Locks: the load, then the products it names.
CREATE OR REPLACE PROCEDURE sp_ingest_products(p_load_id BIGINT, p_rows INT)
MODIFIES SQL DATA
BEGIN
    DECLARE v_from, v_upto VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_order VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_nth, v_locked INT DEFAULT p_rows - 1;
    CALL sp_ingest_begin(p_load_id, 'products', v_from, v_order);
    SET v_upto = (
        SELECT s.row_key FROM staging_products AS s
        WHERE s.load_id = p_load_id AND s.row_key > v_from
        ORDER BY s.row_key LIMIT v_nth, 1
    );
    -- An order that takes stock meanwhile waits.
    SELECT COUNT(*) INTO v_locked FROM products AS p
    WHERE p.sku > v_from AND (v_upto IS NULL OR p.sku <= v_upto) FOR UPDATE;

    -- Tables of their own, so that no function is called twice for a value.
    CREATE OR REPLACE TEMPORARY TABLE ingest_taken AS
    SELECT
        s.line, s.row_key, s.fault, fn_one_line(s.sku) AS sku, fn_one_line(s.name) AS name,
        NULLIF(s.description, '') AS description, fn_one_line(s.category) AS category,
        NULLIF(TRIM(s.price), '') AS price_text, fn_parse_amount(s.price) AS amount,
        UPPER(NULLIF(TRIM(s.currency), '')) AS currency_text,
        fn_parse_currency(s.price, COALESCE(
            UPPER(NULLIF(TRIM(s.currency), '')), p.currency, 'EUR')) AS currency,
        NULLIF(TRIM(s.stock_quantity), '') AS stock_text,
        fn_parse_integer(s.stock_quantity) AS stock,
        NULLIF(TRIM(s.is_service), '') AS is_service_text,
        fn_parse_boolean(s.is_service) AS is_service,
        NULLIF(TRIM(s.is_active), '') AS is_active_text,
        fn_parse_boolean(s.is_active) AS is_active,
        c.category_id, p.product_id, p.stock_quantity AS stock_before,
        p.is_service AS is_service_before, COALESCE(p.attributes, '{}' COLLATE utf8mb4_bin) AS attributes
    FROM staging_products AS s
    LEFT JOIN products AS p ON p.sku = s.row_key
    LEFT JOIN categories AS c ON c.name = fn_one_line(s.category)
    WHERE s.load_id = p_load_id AND s.row_key > v_from
        AND (v_upto IS NULL OR s.row_key <= v_upto);
    CREATE OR REPLACE TEMPORARY TABLE ingest_verdicts AS
    SELECT t.*, CASE
        WHEN t.fault IS NOT NULL THEN t.fault
        WHEN t.sku IS NULL THEN 'sku_missing:'
        WHEN CHAR_LENGTH(t.sku) > 100 THEN CONCAT('sku_too_long:', LEFT(t.sku, 200))
        WHEN t.name IS NULL THEN 'name_missing:'
        WHEN CHAR_LENGTH(t.name) > 500 THEN CONCAT('name_too_long:', LEFT(t.name, 200))
        WHEN t.category IS NULL THEN 'category_missing:'
        WHEN t.category_id IS NULL THEN CONCAT('category_unknown:', t.category)
        WHEN t.price_text IS NULL THEN 'price_missing:'
        WHEN t.amount IS NULL THEN CONCAT('price_unreadable:', t.price_text)
        WHEN t.amount < 0 THEN CONCAT('price_negative:', t.price_text)
        WHEN t.amount > 9999999999 THEN CONCAT('price_out_of_range:', t.price_text)
        WHEN t.currency IS NULL THEN CONCAT('currency_unknown:', t.price_text)
        WHEN t.currency_text NOT REGEXP '^[A-Z]{3}$' THEN CONCAT('currency_unknown:', t.currency_text)
        WHEN t.currency <> t.currency_text THEN CONCAT('currency_contradicts:', t.price_text)
        WHEN t.stock_text IS NOT NULL AND t.stock IS NULL THEN CONCAT('stock_quantity_unreadable:', t.stock_text)
        WHEN t.stock < 0 THEN CONCAT('stock_quantity_negative:', t.stock_text)
        WHEN t.is_service_text IS NOT NULL AND t.is_service IS NULL
            THEN CONCAT('is_service_unreadable:', t.is_service_text)
        WHEN t.is_active_text IS NOT NULL AND t.is_active IS NULL
            THEN CONCAT('is_active_unreadable:', t.is_active_text)
        WHEN COALESCE(t.is_service, t.is_service_before, 0)
            AND COALESCE(t.stock, t.stock_before, 0) > 0
            THEN CONCAT('service_with_stock:', COALESCE(t.stock_text, t.stock_before))
        WHEN a.category_id IS NOT NULL AND fn_attribute_fault(a.attribute_schema, t.attributes) IS NOT NULL
            THEN CONCAT('attributes_unfit:', LEFT(fn_attribute_fault(a.attribute_schema, t.attributes), 300))
    END AS told
    FROM ingest_taken AS t
    LEFT JOIN category_attribute_schemas AS a ON a.category_id = t.category_id;
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

    UPDATE products AS p
    INNER JOIN ingest_verdicts AS v ON v.product_id = p.product_id AND v.told IS NULL
    SET
        p.name = v.name,
        p.description = COALESCE(v.description, p.description),
        p.category_id = v.category_id,
        p.price = ROUND(v.amount, 2),
        p.currency = v.currency,
        p.stock_quantity = COALESCE(v.stock, p.stock_quantity),
        p.is_service = COALESCE(v.is_service, p.is_service),
        p.is_active = COALESCE(v.is_active, p.is_active)
    WHERE NOT (
        p.name COLLATE utf8mb4_nopad_bin = v.name
        AND p.description COLLATE utf8mb4_nopad_bin = COALESCE(v.description, p.description)
        AND p.category_id = v.category_id AND p.price = ROUND(v.amount, 2)
        AND p.currency = v.currency AND p.stock_quantity = COALESCE(v.stock, p.stock_quantity)
        AND p.is_service = COALESCE(v.is_service, p.is_service)
        AND p.is_active = COALESCE(v.is_active, p.is_active)
    );
    INSERT INTO products (
        sku, name, description, category_id, price, currency, stock_quantity, is_service, is_active
    )
    SELECT
        v.sku, v.name, COALESCE(v.description, ''), v.category_id, ROUND(v.amount, 2), v.currency,
        COALESCE(v.stock, 0), COALESCE(v.is_service, 0), COALESCE(v.is_active, 1)
    FROM ingest_verdicts AS v
    WHERE v.told IS NULL AND v.product_id IS NULL
    ORDER BY v.line;
    INSERT INTO inventory_movements (product_id, quantity_change, reason)
    SELECT
        p.product_id,
        v.stock - COALESCE(v.stock_before, 0),
        IF(v.product_id IS NULL, 'RESTOCK', 'ADJUSTMENT')
    FROM ingest_verdicts AS v
    INNER JOIN products AS p ON p.sku = v.sku
    WHERE v.told IS NULL AND v.stock <> COALESCE(v.stock_before, 0)
    ORDER BY p.product_id;
    CALL sp_ingest_next(p_load_id, v_upto);
END;
