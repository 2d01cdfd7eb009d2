-- Bring the names of products into one line, and write their shortened words out.
-- p_do FALSE: only tell what would be changed.
-- Grain: one name. Answers with (rule, changes, run_id). Errors: none of its own.
CREATE OR REPLACE PROCEDURE sp_cleanse_products(p_do BOOLEAN)
MODIFIES SQL DATA
BEGIN
    CREATE OR REPLACE TEMPORARY TABLE cleansing_names (PRIMARY KEY (id)) AS
    SELECT p.product_id AS id, CAST(fn_one_line(p.name) AS CHAR(500)) AS name, p.category_id
    FROM products AS p;
    CALL sp_find_full_names();
    CREATE OR REPLACE TEMPORARY TABLE cleansing_found (
        table_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        column_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        row_id BIGINT NOT NULL,
        rule VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
        old_value VARCHAR(1000) COLLATE utf8mb4_nopad_bin NULL,
        new_value VARCHAR(1000) COLLATE utf8mb4_nopad_bin NULL,
        PRIMARY KEY (table_name, column_name, row_id)
    ) AS
    SELECT 'products' AS table_name, 'name' AS column_name, p.product_id AS row_id,
        IF(f.id IS NULL, 'blanks_removed', 'name_written_out') AS rule,
        p.name AS old_value, COALESCE(f.full_name, n.name) AS new_value
    FROM products AS p
    INNER JOIN cleansing_names AS n ON n.id = p.product_id
    LEFT JOIN cleansing_full_names AS f ON f.id = p.product_id
    WHERE p.name COLLATE utf8mb4_nopad_bin <> COALESCE(f.full_name, n.name);
    CALL sp_cleanse_keep('sp_cleanse_products', p_do);
    DROP TEMPORARY TABLE cleansing_found, cleansing_names, cleansing_full_names;
END;
