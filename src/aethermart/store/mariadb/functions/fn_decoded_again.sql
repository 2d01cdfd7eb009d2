-- Letters of two bytes that were read as two letters, put together again.
-- Grain: one text. Errors: none.
CREATE OR REPLACE FUNCTION fn_decoded_again(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_done VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
    DECLARE v_rest VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT p_text;
    DECLARE v_at INT;
    LOOP
        SET v_at = REGEXP_INSTR(v_rest, '[\\x{c3}-\\x{c5}\\x{ce}-\\x{d1}\\x{d8}\\x{d9}][\\x{80}-\\x{bf}]');
        IF v_at = 0 OR v_at IS NULL THEN
            RETURN CONCAT(v_done, v_rest);
        END IF;
        -- A letter's number is the byte that it was.
        SET v_done = CONCAT(v_done, LEFT(v_rest, v_at - 1), CHAR(
            ORD(CONVERT(SUBSTR(v_rest, v_at, 1) USING ucs2)),
            ORD(CONVERT(SUBSTR(v_rest, v_at + 1, 1) USING ucs2)) USING utf8mb4));
        SET v_rest = SUBSTR(v_rest, v_at + 2);
    END LOOP;
END;
