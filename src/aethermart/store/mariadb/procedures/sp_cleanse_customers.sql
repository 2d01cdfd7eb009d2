-- Bring e-mail, names, telephone, street and city of every customer into their one form.
-- p_do FALSE: only tell what would be changed. An address that would be another customer's stays, and
-- so does a telephone number of which nothing usable would be left.
-- Grain: one value. Answers with (rule, changes, run_id). Errors: none of its own.
CREATE OR REPLACE PROCEDURE sp_cleanse_customers(p_do BOOLEAN)
MODIFIES SQL DATA
BEGIN
    CREATE OR REPLACE TEMPORARY TABLE cleansing_taken AS
    SELECT
        c.customer_id,
        c.email, fn_clean_email(c.email) AS new_email,
        c.first_name, fn_clean_name(c.first_name) AS new_first,
        c.last_name, fn_clean_name(c.last_name) AS new_last,
        c.phone, fn_clean_phone(c.phone, (
            SELECT a.country FROM customer_addresses AS a
            WHERE a.customer_id = c.customer_id ORDER BY a.address_id LIMIT 1
        )) AS new_phone
    FROM customers AS c;
    CREATE OR REPLACE TEMPORARY TABLE cleansing_streets AS
    SELECT
        a.address_id, a.street, fn_clean_street(a.street, a.country) AS new_street,
        a.city, fn_clean_city(a.city) AS new_city
    FROM customer_addresses AS a;
    CREATE OR REPLACE TEMPORARY TABLE cleansing_found (
        table_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        column_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        row_id BIGINT NOT NULL,
        rule VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        old_value VARCHAR(1000) COLLATE utf8mb4_nopad_bin NULL,
        new_value VARCHAR(1000) COLLATE utf8mb4_nopad_bin NULL,
        PRIMARY KEY (table_name, column_name, row_id)
    ) AS
    SELECT 'customers' AS table_name, 'email' AS column_name, t.customer_id AS row_id,
        'email_respelled' AS rule, t.email AS old_value, t.new_email AS new_value
    FROM cleansing_taken AS t
    WHERE t.email <> t.new_email
        AND NOT EXISTS (SELECT 1 FROM customers AS c WHERE c.email = t.new_email)
        AND 1 = (SELECT COUNT(*) FROM cleansing_taken AS n WHERE n.new_email = t.new_email)
    UNION ALL
    SELECT 'customers', 'first_name', t.customer_id, 'person_name_respelled', t.first_name, t.new_first
    FROM cleansing_taken AS t
    WHERE t.first_name COLLATE utf8mb4_nopad_bin <> t.new_first
    UNION ALL
    SELECT 'customers', 'last_name', t.customer_id, 'person_name_respelled', t.last_name, t.new_last
    FROM cleansing_taken AS t
    WHERE t.last_name COLLATE utf8mb4_nopad_bin <> t.new_last
    UNION ALL
    SELECT 'customers', 'phone', t.customer_id,
        IF(t.new_phone LIKE '+%', 'phone_respelled', 'phone_without_country'), t.phone, t.new_phone
    FROM cleansing_taken AS t
    WHERE t.phone COLLATE utf8mb4_nopad_bin <> t.new_phone
    UNION ALL
    SELECT 'customer_addresses', 'street', s.address_id, 'street_written_out', s.street, s.new_street
    FROM cleansing_streets AS s
    WHERE s.street COLLATE utf8mb4_nopad_bin <> s.new_street
    UNION ALL
    SELECT 'customer_addresses', 'city', s.address_id, 'place_name_respelled', s.city, s.new_city
    FROM cleansing_streets AS s
    WHERE s.city COLLATE utf8mb4_nopad_bin <> s.new_city;
    CALL sp_cleanse_keep('sp_cleanse_customers', p_do);
    DROP TEMPORARY TABLE cleansing_found, cleansing_taken, cleansing_streets;
END;
