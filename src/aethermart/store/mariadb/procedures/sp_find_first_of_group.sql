-- Each row of a group belongs to the first of it. Reads the temporary tables same_known (id, born)
-- and same_pairs (id, other, matched_by); makes cleansing_links (id, canonical_id, matched_by) of
-- every row that is not the first of its group. A chain of more than eight is cut.
-- Grain: one row of a group. Errors: none.
CREATE OR REPLACE PROCEDURE sp_find_first_of_group()
MODIFIES SQL DATA
BEGIN
    DECLARE v_round INT DEFAULT 0;
    CREATE OR REPLACE TEMPORARY TABLE same_reached (PRIMARY KEY (id)) AS
    SELECT k.id, k.born AS first_born
    FROM same_known AS k
    WHERE k.id IN (SELECT p.id FROM same_pairs AS p);
    WHILE v_round < 3 DO
        CREATE OR REPLACE TEMPORARY TABLE same_nearer (PRIMARY KEY (id)) AS
        SELECT p.id, MIN(n.first_born) AS first_born
        FROM same_pairs AS p
        INNER JOIN same_reached AS n ON n.id = p.other
        GROUP BY p.id;
        UPDATE same_reached AS r
        INNER JOIN same_nearer AS n ON n.id = r.id
        SET r.first_born = n.first_born
        WHERE n.first_born < r.first_born;
        SET v_round = v_round + 1;
    END WHILE;
    CREATE OR REPLACE TEMPORARY TABLE cleansing_links (PRIMARY KEY (id)) AS
    SELECT r.id, f.id AS canonical_id, MIN(p.matched_by) AS matched_by
    FROM same_reached AS r
    INNER JOIN same_known AS f ON f.born = r.first_born
    INNER JOIN same_pairs AS p ON p.id = r.id
    WHERE f.id <> r.id
    GROUP BY r.id, f.id;
    DROP TEMPORARY TABLE same_reached, same_nearer;
END;
