-- Which customers are one person again. Reads the temporary table cleansing_people (id, created_at,
-- email, phone, first_name, last_name), cleaned; makes cleansing_links.
-- Two are one where the name is alike and the mailbox (without its tag) or the telephone is the
-- same; a couple with one telephone, and namesakes with nothing in common, stay two. What more than
-- 20 share (a switchboard, a made-up number) is nobody's, which bounds the pairs that are compared.
-- Grain: one customer who is not the first of a group. Errors: none.
CREATE OR REPLACE PROCEDURE sp_find_same_people()
MODIFIES SQL DATA
BEGIN
    CREATE OR REPLACE TEMPORARY TABLE same_known (
        PRIMARY KEY (id), INDEX (mailbox), INDEX (phone), INDEX (born)
    ) AS
    SELECT
        c.id,
        CONCAT(COALESCE(c.created_at, '9999'), '|', LPAD(c.id, 20, '0')) AS born,
        CAST(REGEXP_REPLACE(c.email, '\\+[^@]*@', '@') AS CHAR(320)) AS mailbox,
        CAST(c.phone AS CHAR(50)) AS phone,
        CAST(fn_bare_text(c.first_name) AS CHAR(200)) AS first_name,
        CAST(fn_bare_text(c.last_name) AS CHAR(200)) AS last_name
    FROM cleansing_people AS c;
    UPDATE same_known AS k
    INNER JOIN (
        SELECT n.mailbox FROM same_known AS n GROUP BY n.mailbox HAVING COUNT(*) > 20
    ) AS many ON many.mailbox = k.mailbox
    SET k.mailbox = NULL;
    UPDATE same_known AS k
    INNER JOIN (
        SELECT n.phone FROM same_known AS n GROUP BY n.phone HAVING COUNT(*) > 20
    ) AS many ON many.phone = k.phone
    SET k.phone = NULL;
    CREATE OR REPLACE TEMPORARY TABLE same_pairs (INDEX (id), INDEX (other)) AS
    SELECT s.id, s.other, MIN(s.matched_by) AS matched_by
    FROM (
        SELECT
            a.id, b.id AS other, 'mailbox' AS matched_by, a.first_name, a.last_name,
            b.first_name AS other_first, b.last_name AS other_last
        FROM same_known AS a
        INNER JOIN same_known AS b ON b.mailbox = a.mailbox AND b.id <> a.id
        UNION ALL
        SELECT a.id, b.id, 'phone', a.first_name, a.last_name, b.first_name, b.last_name
        FROM same_known AS a
        INNER JOIN same_known AS b ON b.phone = a.phone AND b.id <> a.id
    ) AS s
    WHERE (
            CHAR_LENGTH(s.first_name) = 1 AND LEFT(s.other_first, 1) = s.first_name
            OR CHAR_LENGTH(s.other_first) = 1 AND LEFT(s.first_name, 1) = s.other_first
            OR fn_likeness(s.first_name, s.other_first) >= 0.9
        )
        AND fn_likeness(s.last_name, s.other_last) >= 0.85
    GROUP BY s.id, s.other;
    CALL sp_find_first_of_group();
    DROP TEMPORARY TABLE same_known, same_pairs;
END;
