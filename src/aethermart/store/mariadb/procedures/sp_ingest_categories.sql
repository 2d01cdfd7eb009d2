-- Type, clean, validate and keep the next p_rows or so records of a staged load of categories.
-- Records of one name stay together; the last one counts. To be called until it answers with no
-- rows, each call a transaction: what is done stays done, and a killed load goes on from there.
-- Grain: one category a name. A parent must be there or come before it in the order of names; the
-- command therefore goes through what was rejected for its parent again (state `staged`, see load).
-- Errors: AM030 no such load is staged. Locks: the load, then the categories by name.
CREATE OR REPLACE PROCEDURE sp_ingest_categories(p_load_id BIGINT, p_rows INT)
MODIFIES SQL DATA
BEGIN
    DECLARE v_from, v_upto VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_order VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_nth INT DEFAULT p_rows - 1;
    CALL sp_ingest_begin(p_load_id, 'categories', v_from, v_order);
    SET v_upto = (
        SELECT s.row_key FROM staging_categories AS s
        WHERE s.load_id = p_load_id AND s.row_key > v_from
        ORDER BY s.row_key LIMIT v_nth, 1
    );

    -- Tables of their own, so that no function is called twice for a value.
    CREATE OR REPLACE TEMPORARY TABLE ingest_taken AS
    SELECT s.line, s.row_key, s.fault, fn_one_line(s.name) AS name,
        fn_one_line(s.parent) AS parent
    FROM staging_categories AS s
    WHERE s.load_id = p_load_id AND s.row_key > v_from
        AND (v_upto IS NULL OR s.row_key <= v_upto);
    CREATE OR REPLACE TEMPORARY TABLE ingest_verdicts AS
    SELECT t.*, CASE
        WHEN t.fault IS NOT NULL THEN t.fault
        WHEN t.name IS NULL THEN 'name_missing:'
        WHEN CHAR_LENGTH(t.name) > 200 THEN CONCAT('name_too_long:', LEFT(t.name, 200))
        WHEN t.parent = t.name THEN CONCAT('parent_unknown:', t.parent)
        WHEN t.parent IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM categories AS c WHERE c.name = t.parent)
            AND NOT EXISTS (
                SELECT 1 FROM staging_categories AS n
                WHERE n.load_id = p_load_id AND n.row_key = t.parent AND n.fault IS NULL
            )
            THEN CONCAT('parent_unknown:', t.parent)
    END AS told
    FROM ingest_taken AS t;
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

    INSERT INTO categories (name)
    SELECT n.name FROM (
        SELECT v.name FROM ingest_verdicts AS v WHERE v.told IS NULL
        UNION
        SELECT v.parent FROM ingest_verdicts AS v WHERE v.told IS NULL AND v.parent IS NOT NULL
    ) AS n
    WHERE NOT EXISTS (SELECT 1 FROM categories AS c WHERE c.name = n.name)
    ORDER BY n.name;
    UPDATE categories AS c
    INNER JOIN ingest_verdicts AS v ON v.name = c.name AND v.told IS NULL
    INNER JOIN categories AS p ON p.name = v.parent
    SET c.parent_id = p.category_id
    WHERE NOT c.parent_id <=> p.category_id;
    CALL sp_ingest_next(p_load_id, v_upto);
END;
