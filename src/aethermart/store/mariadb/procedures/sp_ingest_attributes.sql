-- Type, clean, validate and keep the next p_rows or so records of a staged load of attributes.
-- Records of one sku stay together; of two for one attribute the last counts. To be called until it
-- answers with no rows, each call a transaction.
-- Grain: one attribute of a product: added, or brought to what the file says; others stay. A value
-- that is a JSON number is a number, else a text. A product whose attributes would not fit its
-- category's schema keeps what it has.
-- Errors: AM030 no such load is staged. Locks: the load, then the products it names.
CREATE OR REPLACE PROCEDURE sp_ingest_attributes(p_load_id BIGINT, p_rows INT)
MODIFIES SQL DATA
BEGIN
    DECLARE v_from, v_upto VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_order VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_nth INT DEFAULT p_rows - 1;
    CALL sp_ingest_begin(p_load_id, 'attributes', v_from, v_order);
    SET v_upto = (
        SELECT s.row_key FROM staging_attributes AS s
        WHERE s.load_id = p_load_id AND s.row_key > v_from
        ORDER BY s.row_key LIMIT v_nth, 1
    );

    CREATE OR REPLACE TEMPORARY TABLE ingest_taken AS
    SELECT s.line, s.row_key, s.fault, fn_one_line(s.sku) AS sku,
        fn_one_line(s.attribute) AS attribute, NULLIF(TRIM(s.value), '') AS value
    FROM staging_attributes AS s
    WHERE s.load_id = p_load_id AND s.row_key > v_from
        AND (v_upto IS NULL OR s.row_key <= v_upto);
    SET v_upto = COALESCE(v_upto, (SELECT MAX(t.row_key) FROM ingest_taken AS t));
    CREATE OR REPLACE TEMPORARY TABLE ingest_verdicts AS
    SELECT t.*, p.product_id, CASE
        WHEN t.fault IS NOT NULL THEN t.fault
        WHEN t.sku IS NULL THEN 'sku_missing:'
        WHEN p.product_id IS NULL THEN CONCAT('product_unknown:', t.sku)
        WHEN t.attribute IS NULL THEN 'attribute_missing:'
        WHEN CHAR_LENGTH(t.attribute) > 100 THEN CONCAT('attribute_too_long:', LEFT(t.attribute, 200))
        WHEN t.value IS NULL THEN 'value_missing:'
    END AS told
    FROM ingest_taken AS t
    LEFT JOIN products AS p ON p.sku = t.sku;
    UPDATE ingest_verdicts AS v
    INNER JOIN (
        SELECT n.row_key, n.attribute, MAX(n.line) AS line FROM ingest_verdicts AS n
        WHERE n.told IS NULL
        GROUP BY n.row_key, n.attribute
        HAVING COUNT(*) > 1
    ) AS last_one ON last_one.row_key = v.row_key AND last_one.attribute = v.attribute
    SET v.told = CONCAT('repeated_in_file:', v.row_key, ' ', v.attribute)
    WHERE v.told IS NULL AND v.line < last_one.line;

    CREATE OR REPLACE TEMPORARY TABLE ingest_products (PRIMARY KEY (product_id)) AS
    SELECT p.product_id, p.category_id, JSON_MERGE_PATCH(p.attributes, g.given COLLATE utf8mb4_bin) AS attributes
    FROM (
        SELECT v.product_id, CONCAT('{', GROUP_CONCAT(CONCAT(
            JSON_QUOTE(v.attribute), ':',
            IF(v.value REGEXP '^-?(0|[1-9][0-9]{0,14})(\\.[0-9]{1,6})?$', v.value, JSON_QUOTE(v.value))
        ) ORDER BY v.attribute SEPARATOR ','), '}') AS given
        FROM ingest_verdicts AS v
        WHERE v.told IS NULL
        GROUP BY v.product_id
    ) AS g
    INNER JOIN products AS p ON p.product_id = g.product_id;
    UPDATE ingest_verdicts AS v
    INNER JOIN ingest_products AS n ON n.product_id = v.product_id
    INNER JOIN category_attribute_schemas AS s ON s.category_id = n.category_id
    SET v.told = CONCAT('attributes_unfit:',
        LEFT(fn_attribute_fault(s.attribute_schema, n.attributes), 300))
    WHERE v.told IS NULL AND fn_attribute_fault(s.attribute_schema, n.attributes) IS NOT NULL;
    UPDATE products AS p
    INNER JOIN ingest_products AS n ON n.product_id = p.product_id
    SET p.attributes = n.attributes
    WHERE p.attributes <> n.attributes AND EXISTS (
        SELECT 1 FROM ingest_verdicts AS v WHERE v.product_id = p.product_id AND v.told IS NULL
    );
    CALL sp_ingest_next(p_load_id, v_upto);
END;
