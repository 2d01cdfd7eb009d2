-- Bring the names of suppliers into one line with the usual short legal form, and their e-mail
-- addresses into their one form.
-- p_do FALSE: only tell what would be changed. A name that would be another supplier's stays.
-- Grain: one value. Answers with (rule, changes, run_id). Errors: none of its own.
CREATE OR REPLACE PROCEDURE sp_cleanse_suppliers(p_do BOOLEAN)
MODIFIES SQL DATA
BEGIN
    CREATE OR REPLACE TEMPORARY TABLE cleansing_taken AS
    SELECT s.supplier_id, s.name, fn_clean_company(s.name) AS new_name, s.email,
        fn_clean_email(s.email) AS new_email
    FROM suppliers AS s;
    CREATE OR REPLACE TEMPORARY TABLE cleansing_found (
        table_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        column_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        row_id BIGINT NOT NULL,
        rule VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        old_value VARCHAR(1000) COLLATE utf8mb4_nopad_bin NULL,
        new_value VARCHAR(1000) COLLATE utf8mb4_nopad_bin NULL,
        PRIMARY KEY (table_name, column_name, row_id)
    ) AS
    SELECT 'suppliers' AS table_name, 'name' AS column_name, t.supplier_id AS row_id,
        'company_name_respelled' AS rule, t.name AS old_value, t.new_name AS new_value
    FROM cleansing_taken AS t
    WHERE t.name <> t.new_name
        AND NOT EXISTS (SELECT 1 FROM suppliers AS s WHERE s.name = t.new_name)
        AND 1 = (SELECT COUNT(*) FROM cleansing_taken AS n WHERE n.new_name = t.new_name)
    UNION ALL
    SELECT 'suppliers', 'email', t.supplier_id, 'email_respelled', t.email, t.new_email
    FROM cleansing_taken AS t
    WHERE t.email <> t.new_email;
    CALL sp_cleanse_keep('sp_cleanse_suppliers', p_do);
    DROP TEMPORARY TABLE cleansing_found, cleansing_taken;
END;
