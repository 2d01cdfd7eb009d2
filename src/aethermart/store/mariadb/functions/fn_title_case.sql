-- First letters capital, the others small: of words, after a hyphen, an apostrophe, and Mc.
-- Grain: one text. Errors: none.
CREATE OR REPLACE FUNCTION fn_title_case(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_rest, v_word VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_done VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT '';
    SET v_rest = LOWER(p_text);
    WHILE v_rest <> '' DO
        SET v_word = REGEXP_SUBSTR(v_rest, '^([^\\s''’-]+|[\\s''’-]+)');
        SET v_rest = SUBSTR(v_rest, CHAR_LENGTH(v_word) + 1);
        SET v_done = CONCAT(v_done, CASE
            WHEN v_word LIKE 'mc___%'
                THEN CONCAT('Mc', UPPER(SUBSTR(v_word, 3, 1)), SUBSTR(v_word, 4))
            ELSE CONCAT(UPPER(LEFT(v_word, 1)), SUBSTR(v_word, 2))
        END);
    END WHILE;
    RETURN REGEXP_REPLACE(v_done, '''S(\\s|$)', '''s\\1');
END;
