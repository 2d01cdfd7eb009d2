-- Refuse a `requires` that would make a product require itself: for triggers.
-- p_instead_of  the dependency that it replaces, or null
-- Step by step with locking reads, which see what others committed meanwhile; a recursive query
-- would look at the transaction's snapshot.
-- Grain: one dependency to be written. Locks: the row of store_locks, then the dependencies read, so
--         that two writers cannot close a ring between them.
-- Errors: AM022 a ring; 1020 (HY000) where one that was read before has changed: try again.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_require_no_ring(
    IN p_product_id BIGINT,
    IN p_depends_on_id BIGINT,
    IN p_instead_of BIGINT
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_next LONGTEXT CHARACTER SET utf8mb4 DEFAULT JSON_ARRAY(p_depends_on_id);
    DECLARE v_seen LONGTEXT CHARACTER SET utf8mb4 DEFAULT '[]';

    INSERT INTO store_locks (name) VALUES ('product_dependencies')
    ON DUPLICATE KEY UPDATE name = VALUES(name);
    WHILE v_next IS NOT NULL DO
        IF JSON_CONTAINS(v_next, p_product_id) THEN
            CALL sp_refuse(
                22,
                CONCAT(
                    'product ', p_product_id, ' cannot require product ', p_depends_on_id,
                    ', which requires it already'
                ),
                'leave one of the two out'
            );
        END IF;
        SET v_seen = JSON_MERGE_PRESERVE(v_seen, v_next);
        SELECT JSON_ARRAYAGG(DISTINCT d.depends_on_id) INTO v_next
        FROM JSON_TABLE(v_next, '$[*]' COLUMNS (product_id BIGINT PATH '$')) AS n
        INNER JOIN product_dependencies AS d ON d.product_id = n.product_id
        WHERE
            d.kind = 'requires'
            AND NOT d.product_dependency_id <=> p_instead_of
            AND NOT JSON_CONTAINS(v_seen, d.depends_on_id)
        LOCK IN SHARE MODE;
    END WHILE;
END //
DELIMITER ;
