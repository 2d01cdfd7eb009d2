-- Which products are one product again. Reads the temporary table cleansing_goods (id, created_at,
-- sku, name, category_id, price, currency), cleaned; makes cleansing_links.
-- Two are one where the sku is the same but for case and punctuation, and the name is alike; or
-- where name, category and price are the same. Variants (another colour, another size) stay several.
-- Grain: one product that is not the first of a group. Errors: none.
CREATE OR REPLACE PROCEDURE sp_find_same_products()
MODIFIES SQL DATA
BEGIN
    CREATE OR REPLACE TEMPORARY TABLE same_known (
        PRIMARY KEY (id), INDEX (sku), INDEX (name), INDEX (born)
    ) AS
    SELECT
        g.id,
        CONCAT(COALESCE(g.created_at, '9999'), '|', LPAD(g.id, 20, '0')) AS born,
        CAST(fn_bare_text(g.sku) AS CHAR(200)) AS sku,
        CAST(fn_bare_text(g.name) AS CHAR(200)) AS name,
        g.category_id,
        g.price,
        g.currency
    FROM cleansing_goods AS g;
    CREATE OR REPLACE TEMPORARY TABLE same_pairs (INDEX (id), INDEX (other)) AS
    SELECT a.id, b.id AS other, 'sku' AS matched_by
    FROM same_known AS a
    INNER JOIN same_known AS b ON b.sku = a.sku AND b.id <> a.id
    WHERE fn_likeness(a.name, b.name) >= 0.8
    UNION
    SELECT a.id, b.id, 'name'
    FROM same_known AS a
    INNER JOIN same_known AS b
        ON b.name = a.name AND b.price = a.price AND b.currency = a.currency
        AND b.category_id = a.category_id AND b.id <> a.id;
    CALL sp_find_first_of_group();
    DROP TEMPORARY TABLE same_known, same_pairs;
END;
