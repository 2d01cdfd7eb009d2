-- A word's first letter and the consonants after it, each once where it is doubled.
-- Grain: one word, in small letters. Errors: none.
CREATE OR REPLACE FUNCTION fn_skeleton(
    p_word VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    SET v = REGEXP_REPLACE(REPLACE(p_word, 'ck', 'k'), '([bcdfglmnprstz])\\1', '\\1');
    RETURN CONCAT(LEFT(v, 1),
        REGEXP_REPLACE(SUBSTR(v, 2), '[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýąęőű]+', ''));
END;
