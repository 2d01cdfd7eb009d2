-- Keep a batch's verdicts: its rejected records with their rules, and how far the load has come.
-- Reads the temporary table ingest_verdicts (line, told) that an entity's procedure made; told is
-- `rule:value`, NULL where the record is kept. Answers with (rows, kept, rejected) of the batch.
-- Grain: one batch. Errors: none. Locks: the load's row.
CREATE OR REPLACE PROCEDURE sp_ingest_next(
    p_load_id BIGINT,
    p_upto VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_rows, v_rejected INT DEFAULT 0;
    SELECT COUNT(*), COUNT(v.told) INTO v_rows, v_rejected FROM ingest_verdicts AS v;
    IF v_rejected > 0 THEN
        INSERT INTO rejected_rows (load_id, line, rule, value, reason)
        SELECT
            p_load_id,
            v.line,
            SUBSTRING_INDEX(v.told, ':', 1),
            LEFT(SUBSTR(v.told, LOCATE(':', v.told) + 1), 500),
            fn_rejection_reason(SUBSTRING_INDEX(v.told, ':', 1))
        FROM ingest_verdicts AS v
        WHERE v.told IS NOT NULL;
    END IF;
    UPDATE loads AS l
    SET
        l.done_to = COALESCE(p_upto, l.done_to),
        l.kept = l.kept + v_rows - v_rejected,
        l.rejected = l.rejected + v_rejected
    WHERE l.load_id = p_load_id;
    SELECT v_rows AS batch_rows, v_rows - v_rejected AS kept, v_rejected AS rejected;
END;
