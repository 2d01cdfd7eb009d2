-- Say which customers and which products are others again: duplicate_links. Nothing is merged.
-- p_do FALSE: only tell how many; TRUE: the links of both are made anew, after sp_cleanse_customers
-- and sp_cleanse_products.
-- Grain: one link. Answers with (rule, changes, run_id NULL: calling it again is its own undoing).
-- Errors: none of its own.
CREATE OR REPLACE PROCEDURE sp_cleanse_duplicates(p_do BOOLEAN)
MODIFIES SQL DATA
BEGIN
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_cleanse_duplicates;
        END IF;
        RESIGNAL;
    END;
    CREATE OR REPLACE TEMPORARY TABLE cleansing_people (PRIMARY KEY (id)) AS
    SELECT c.customer_id AS id, c.created_at, c.email, c.phone, c.first_name, c.last_name
    FROM customers AS c;
    CALL sp_find_same_people();
    CREATE OR REPLACE TEMPORARY TABLE cleansing_all_links AS
    SELECT 'customer' AS entity, l.* FROM cleansing_links AS l;
    CREATE OR REPLACE TEMPORARY TABLE cleansing_goods (PRIMARY KEY (id)) AS
    SELECT p.product_id AS id, p.created_at, p.sku, p.name, p.category_id, p.price, p.currency
    FROM products AS p;
    CALL sp_find_same_products();
    INSERT INTO cleansing_all_links
    SELECT 'product', l.* FROM cleansing_links AS l;
    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_cleanse_duplicates;
    END IF;
    IF p_do THEN
        -- Both or none.
        DELETE FROM duplicate_links;
        INSERT INTO duplicate_links (entity, row_id, canonical_id, matched_by)
        SELECT l.entity, l.id, l.canonical_id, l.matched_by FROM cleansing_all_links AS l;
    END IF;
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT CONCAT('duplicate_', l.entity) AS rule, COUNT(*) AS changes, CAST(NULL AS SIGNED) AS run_id
    FROM cleansing_all_links AS l
    GROUP BY l.entity
    ORDER BY l.entity;
    DROP TEMPORARY TABLE cleansing_people, cleansing_goods, cleansing_links, cleansing_all_links;
END;
