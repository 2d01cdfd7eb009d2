-- A whole number out of text: '3', '3.00'. NULL for anything else, or past nine digits.
-- Grain: one text. Errors: none.
CREATE OR REPLACE FUNCTION fn_parse_integer(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS INT
DETERMINISTIC NO SQL
RETURN IF(
    TRIM(p_text) REGEXP '^[-+]?[0-9]{1,9}([.,]0+)?$',
    CAST(REGEXP_SUBSTR(TRIM(p_text), '^[-+]?[0-9]+') AS SIGNED),
    NULL
);
