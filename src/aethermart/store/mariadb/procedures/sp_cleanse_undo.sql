-- Put the old values of a run of cleansing back, where nobody has changed the new ones since.
-- Answers with (changes, left): how many were put back, and how many stay as they are now.
-- Its own transaction where the caller has none, else a savepoint of the caller's.
-- Grain: one run. Errors: AM031 no such run, or it was undone. Locks: the run, then its rows.
CREATE OR REPLACE PROCEDURE sp_cleanse_undo(p_run_id BIGINT)
MODIFIES SQL DATA
BEGIN
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE v_done BOOLEAN DEFAULT FALSE;
    DECLARE v_changes, v_all INT DEFAULT 0;
    DECLARE v_statement TEXT CHARACTER SET utf8mb4;
    DECLARE v_table, v_column VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin;
    DECLARE v_columns CURSOR FOR
        SELECT DISTINCT f.table_name, f.column_name FROM cleansing_log AS f
        WHERE f.run_id = p_run_id ORDER BY 1, 2;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_cleanse_undo;
        END IF;
        RESIGNAL;
    END;
    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_cleanse_undo;
    END IF;
    UPDATE cleansing_runs AS r SET r.undone_at = NOW(6)
    WHERE r.run_id = p_run_id AND r.undone_at IS NULL;
    IF ROW_COUNT() = 0 THEN
        SIGNAL SQLSTATE 'AM031' SET MYSQL_ERRNO = 31031,
            MESSAGE_TEXT = 'there is no such run of cleansing, or it was undone\n  fix: see cleansing_runs';
    END IF;
    SELECT COUNT(*) INTO v_all FROM cleansing_log AS f WHERE f.run_id = p_run_id;
    OPEN v_columns;
    changing: LOOP
        FETCH v_columns INTO v_table, v_column;
        IF v_done THEN
            LEAVE changing;
        END IF;
        SET v_statement = CONCAT(
            'UPDATE `', v_table, '` AS t INNER JOIN cleansing_log AS f ON f.row_id = t.`',
            fn_key_column(v_table), '` SET t.`', v_column, '` = f.old_value WHERE f.run_id = ? AND ',
            'f.table_name = ? AND f.column_name = ? AND t.`', v_column,
            '` COLLATE utf8mb4_nopad_bin <=> f.new_value'
        );
        EXECUTE IMMEDIATE v_statement USING p_run_id, v_table, v_column;
        SET v_changes = v_changes + ROW_COUNT();
    END LOOP;
    CLOSE v_columns;
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT v_changes AS changes, v_all - v_changes AS kept;
END;
