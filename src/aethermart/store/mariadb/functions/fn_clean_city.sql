-- A place's name: in one line, with its capitals where it had none or nothing else.
-- Grain: one name. Errors: none.
CREATE OR REPLACE FUNCTION fn_clean_city(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
RETURN IF(
    CHAR_LENGTH(p_text) > 3 AND p_text NOT REGEXP '[0-9]' AND (
        p_text = LOWER(p_text) AND p_text <> UPPER(p_text)
        OR p_text = UPPER(p_text) AND p_text <> LOWER(p_text)
    ),
    fn_title_case(fn_one_line(p_text)),
    fn_one_line(p_text)
);
