-- Tell what a cleansing found and, where p_do, change it and write each old value into the log.
-- Reads the temporary table cleansing_found (table_name, column_name, row_id, rule, old_value,
-- new_value). Answers with a row a rule: rule, changes, run_id (NULL: nothing was changed).
-- Its own transaction where the caller has none, else a savepoint of the caller's.
-- Grain: one call. Errors: those of the tables' constraints; then nothing is changed.
CREATE OR REPLACE PROCEDURE sp_cleanse_keep(
    p_routine VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin,
    p_do BOOLEAN
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE v_run_id BIGINT;
    DECLARE v_done BOOLEAN DEFAULT FALSE;
    DECLARE v_statement TEXT CHARACTER SET utf8mb4;
    DECLARE v_table, v_column VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin;
    DECLARE v_columns CURSOR FOR
        SELECT DISTINCT f.table_name, f.column_name FROM cleansing_found AS f ORDER BY 1, 2;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET v_done = TRUE;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_cleanse_keep;
        END IF;
        RESIGNAL;
    END;
    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_cleanse_keep;
    END IF;
    IF p_do AND EXISTS (SELECT 1 FROM cleansing_found AS f) THEN
        INSERT INTO cleansing_runs (routine) VALUES (p_routine);
        SET v_run_id = LAST_INSERT_ID();
        INSERT INTO cleansing_log (
            run_id, table_name, column_name, row_id, rule, old_value, new_value
        )
        SELECT v_run_id, f.table_name, f.column_name, f.row_id, f.rule, f.old_value, f.new_value
        FROM cleansing_found AS f
        ORDER BY f.table_name, f.column_name, f.row_id;
        OPEN v_columns;
        changing: LOOP
            FETCH v_columns INTO v_table, v_column;
            IF v_done THEN
                LEAVE changing;
            END IF;
            -- Only a value that still is what was looked at.
            SET v_statement = CONCAT(
                'UPDATE `', v_table, '` AS t INNER JOIN cleansing_found AS f ON f.row_id = t.`',
                fn_key_column(v_table), '` SET t.`', v_column, '` = f.new_value WHERE ',
                'f.table_name = ? AND f.column_name = ? AND t.`', v_column,
                '` COLLATE utf8mb4_nopad_bin <=> f.old_value'
            );
            EXECUTE IMMEDIATE v_statement USING v_table, v_column;
        END LOOP;
        CLOSE v_columns;
    END IF;
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT f.rule, COUNT(*) AS changes, v_run_id AS run_id
    FROM cleansing_found AS f
    GROUP BY f.rule
    ORDER BY f.rule;
END;
