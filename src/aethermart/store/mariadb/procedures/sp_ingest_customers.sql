-- Type, clean, validate and keep the next p_rows or so records of a staged load of customers.
-- Records of one e-mail address (in its one form) stay together; the last one counts. To be called
-- until it answers with no rows, each call a transaction.
-- Grain: one customer an address: inserted, or brought to what the file says; an empty field leaves
-- what is there. A street, city, postal code and country are one more address unless it is there. A
-- telephone number that is none is left out and noted; columns that changed places go back.
-- Errors: AM030 no such load is staged. Locks: the load, then the customers it names.
CREATE OR REPLACE PROCEDURE sp_ingest_customers(p_load_id BIGINT, p_rows INT)
MODIFIES SQL DATA
BEGIN
    DECLARE v_from, v_upto VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_order VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_nth INT DEFAULT p_rows - 1;
    CALL sp_ingest_begin(p_load_id, 'customers', v_from, v_order);
    IF v_from = '' THEN
        SET v_order = (
            SELECT fn_date_order(
                SUM(s.created_at REGEXP '^\\s*(1[3-9]|2[0-9]|3[01])[/-][0-9]{1,2}[/-][0-9]{4}'),
                SUM(s.created_at REGEXP '^\\s*[0-9]{1,2}[/-](1[3-9]|2[0-9]|3[01])[/-][0-9]{4}'))
            FROM staging_customers AS s WHERE s.load_id = p_load_id
        );
        UPDATE loads AS l SET l.date_order = v_order WHERE l.load_id = p_load_id;
    END IF;
    SET v_upto = (
        SELECT s.row_key FROM staging_customers AS s
        WHERE s.load_id = p_load_id AND s.row_key > v_from
        ORDER BY s.row_key LIMIT v_nth, 1
    );

    -- Tables of their own, so that no function is called twice for a value.
    CREATE OR REPLACE TEMPORARY TABLE ingest_taken AS
    SELECT
        s.line, s.row_key, s.fault, s.moved, NULLIF(TRIM(s.own_email), '') AS email_text,
        fn_clean_email(s.own_email) AS email,
        fn_clean_name(IF(s.moved = 'first_name', s.email, s.first_name)) AS first_name,
        fn_clean_name(IF(s.moved = 'last_name', s.email, s.last_name)) AS last_name,
        NULLIF(TRIM(IF(s.moved = 'phone', s.email, s.phone)), '') AS phone_text,
        fn_clean_phone(IF(s.moved = 'phone', s.email, s.phone), UPPER(TRIM(s.country))) AS phone,
        fn_clean_street(s.street, UPPER(TRIM(s.country))) AS street,
        fn_clean_city(IF(s.code_in_city, s.postal_code, s.city)) AS city,
        fn_one_line(IF(s.code_in_city, s.city, s.postal_code)) AS postal_code, s.code_in_city,
        UPPER(fn_one_line(s.country)) AS country, NULLIF(TRIM(s.created_at), '') AS created_text,
        fn_parse_date(s.created_at, v_order) AS created_at
    FROM (
        SELECT
            r.*,
            fn_email_among(r.email, r.first_name, r.last_name, r.phone) AS moved,
            CASE fn_email_among(r.email, r.first_name, r.last_name, r.phone)
                WHEN 'first_name' THEN r.first_name
                WHEN 'last_name' THEN r.last_name
                WHEN 'phone' THEN r.phone
                ELSE r.email
            END AS own_email,
            fn_is_postal_code_in_city(r.city, r.postal_code) AS code_in_city
        FROM staging_customers AS r
        WHERE r.load_id = p_load_id AND r.row_key > v_from
            AND (v_upto IS NULL OR r.row_key <= v_upto)
    ) AS s;
    CREATE OR REPLACE TEMPORARY TABLE ingest_verdicts AS
    SELECT t.*, CASE
        WHEN t.fault IS NOT NULL THEN t.fault
        WHEN t.email_text IS NULL THEN 'email_missing:'
        WHEN t.email IS NULL THEN CONCAT('email_unusable:', t.email_text)
        WHEN CHAR_LENGTH(t.email) > 320 THEN CONCAT('email_too_long:', LEFT(t.email, 200))
        WHEN t.first_name IS NULL THEN 'first_name_missing:'
        WHEN CHAR_LENGTH(t.first_name) > 200 THEN CONCAT('first_name_too_long:', LEFT(t.first_name, 200))
        WHEN t.last_name IS NULL THEN 'last_name_missing:'
        WHEN CHAR_LENGTH(t.last_name) > 200 THEN CONCAT('last_name_too_long:', LEFT(t.last_name, 200))
        WHEN t.country NOT REGEXP '^[A-Z]{2}$' THEN CONCAT('country_unknown:', t.country)
        WHEN COALESCE(t.street, t.city, t.postal_code) IS NOT NULL
            AND (t.street IS NULL OR t.city IS NULL OR t.postal_code IS NULL OR t.country IS NULL)
            THEN CONCAT('address_incomplete:', CONCAT_WS(', ', t.street, t.city, t.postal_code, t.country))
        WHEN CHAR_LENGTH(t.street) > 300 THEN CONCAT('street_too_long:', LEFT(t.street, 200))
        WHEN CHAR_LENGTH(t.city) > 200 THEN CONCAT('city_too_long:', LEFT(t.city, 200))
        WHEN CHAR_LENGTH(t.postal_code) > 20 THEN CONCAT('postal_code_too_long:', LEFT(t.postal_code, 200))
        WHEN t.created_text IS NOT NULL AND t.created_at IS NULL
            THEN CONCAT('created_at_unreadable:', t.created_text)
        WHEN t.created_at NOT BETWEEN '1990-01-01' AND NOW(6) + INTERVAL 2 DAY
            THEN CONCAT('created_at_outside_shops_life:', t.created_text)
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

    UPDATE customers AS c
    INNER JOIN ingest_verdicts AS v ON v.email = c.email AND v.told IS NULL
    SET c.first_name = v.first_name, c.last_name = v.last_name, c.phone = COALESCE(v.phone, c.phone)
    WHERE NOT (
        c.first_name COLLATE utf8mb4_nopad_bin = v.first_name
        AND c.last_name COLLATE utf8mb4_nopad_bin = v.last_name
        AND c.phone COLLATE utf8mb4_nopad_bin <=> COALESCE(v.phone, c.phone)
    );
    INSERT INTO customers (email, first_name, last_name, phone, created_at)
    SELECT v.email, v.first_name, v.last_name, v.phone, COALESCE(v.created_at, NOW(6))
    FROM ingest_verdicts AS v
    WHERE v.told IS NULL
        AND NOT EXISTS (SELECT 1 FROM customers AS c WHERE c.email = v.email)
    ORDER BY v.line;
    INSERT INTO customer_addresses (customer_id, street, city, postal_code, country)
    SELECT c.customer_id, v.street, v.city, v.postal_code, v.country
    FROM ingest_verdicts AS v
    INNER JOIN customers AS c ON c.email = v.email
    WHERE v.told IS NULL AND v.street IS NOT NULL
        AND NOT EXISTS (
            SELECT 1 FROM customer_addresses AS a
            WHERE a.customer_id = c.customer_id AND a.country = v.country
                AND a.postal_code = v.postal_code AND a.city = v.city AND a.street = v.street
        )
    ORDER BY v.line;
    INSERT INTO load_notes (load_id, line, rule, value)
    SELECT p_load_id, v.line, 'phone_unusable', LEFT(v.phone_text, 500)
    FROM ingest_verdicts AS v
    WHERE v.told IS NULL AND v.phone IS NULL AND v.phone_text IS NOT NULL;
    INSERT INTO load_notes (load_id, line, rule, value)
    SELECT p_load_id, v.line, 'columns_swapped', LEFT(CONCAT_WS(', ', v.email, v.city), 500)
    FROM ingest_verdicts AS v
    WHERE v.told IS NULL AND (v.moved <> 'email' OR v.code_in_city);
    CALL sp_ingest_next(p_load_id, v_upto);
END;
