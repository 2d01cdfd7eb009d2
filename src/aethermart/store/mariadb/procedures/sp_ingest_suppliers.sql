-- Type, clean, validate and keep the next p_rows or so records of a staged load of suppliers.
-- Records of one name (in its one form, fn_clean_company) stay together; the last one counts. To be
-- called until it answers with no rows, each call a transaction.
-- Grain: one supplier a name: inserted, or its country and e-mail brought to what the file says. An
-- e-mail that is none is left out and noted.
-- Errors: AM030 no such load is staged. Locks: the load, then the suppliers.
CREATE OR REPLACE PROCEDURE sp_ingest_suppliers(p_load_id BIGINT, p_rows INT)
MODIFIES SQL DATA
BEGIN
    DECLARE v_from, v_upto VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_order VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_nth INT DEFAULT p_rows - 1;
    CALL sp_ingest_begin(p_load_id, 'suppliers', v_from, v_order);
    SET v_upto = (
        SELECT s.row_key FROM staging_suppliers AS s
        WHERE s.load_id = p_load_id AND s.row_key > v_from
        ORDER BY s.row_key LIMIT v_nth, 1
    );

    -- Tables of their own, so that no function is called twice for a value.
    CREATE OR REPLACE TEMPORARY TABLE ingest_taken AS
    SELECT s.line, s.row_key, s.fault, fn_clean_company(s.name) AS name,
        UPPER(fn_one_line(s.country)) AS country, fn_clean_email(s.email) AS email,
        NULLIF(TRIM(s.email), '') AS email_text
    FROM staging_suppliers AS s
    WHERE s.load_id = p_load_id AND s.row_key > v_from
        AND (v_upto IS NULL OR s.row_key <= v_upto);
    CREATE OR REPLACE TEMPORARY TABLE ingest_verdicts AS
    SELECT t.*, CASE
        WHEN t.fault IS NOT NULL THEN t.fault
        WHEN t.name IS NULL THEN 'name_missing:'
        WHEN CHAR_LENGTH(t.name) > 300 THEN CONCAT('name_too_long:', LEFT(t.name, 200))
        WHEN t.country IS NULL THEN 'country_missing:'
        WHEN t.country NOT REGEXP '^[A-Z]{2}$' THEN CONCAT('country_unknown:', t.country)
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

    INSERT INTO suppliers (name, country, email)
    SELECT v.name, v.country, LEFT(v.email, 320)
    FROM ingest_verdicts AS v
    WHERE v.told IS NULL
    ORDER BY v.row_key
    ON DUPLICATE KEY UPDATE
        country = VALUES(country), email = COALESCE(VALUES(email), suppliers.email);
    INSERT INTO load_notes (load_id, line, rule, value)
    SELECT p_load_id, v.line, 'email_unusable', LEFT(v.email_text, 500)
    FROM ingest_verdicts AS v
    WHERE v.told IS NULL AND v.email IS NULL AND v.email_text IS NOT NULL;
    CALL sp_ingest_next(p_load_id, v_upto);
END;
