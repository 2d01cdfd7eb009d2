-- How far a staged load has come; it is the caller's alone until the transaction ends.
-- Grain: one load. Errors: AM030 no such load is staged. Locks: the load's row.
CREATE OR REPLACE PROCEDURE sp_ingest_begin(
    p_load_id BIGINT,
    p_entity VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin,
    OUT p_from VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    OUT p_date_order VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
)
MODIFIES SQL DATA
BEGIN
    SET p_from = NULL;
    SELECT COALESCE(l.done_to, ''), l.date_order INTO p_from, p_date_order
    FROM loads AS l
    WHERE l.load_id = p_load_id AND l.entity = p_entity AND l.state = 'staged'
    FOR UPDATE;
    IF p_from IS NULL THEN
        SIGNAL SQLSTATE 'AM030' SET MYSQL_ERRNO = 31030,
            MESSAGE_TEXT = 'no such load is staged\n  fix: load the file again';
    END IF;
END;
