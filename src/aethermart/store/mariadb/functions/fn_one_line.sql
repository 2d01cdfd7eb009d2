-- Text in one line: single blanks of any script, none around it, no marks that are not seen, and
-- its letters back where UTF-8 was read as Latin-1 (`MÃ¼ller`). NULL where nothing is left.
-- Grain: one text. Errors: none. Looks before it works: nearly all texts are sound.
CREATE OR REPLACE FUNCTION fn_one_line(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    IF p_text REGEXP '^[!-~]+( [!-~]+)*$' THEN
        RETURN p_text;
    END IF;
    IF p_text NOT REGEXP '^[\\s\\p{Z}]|[\\s\\p{Z}]$|[\\s\\p{Z}][\\s\\p{Z}]|[\\t\\r\\n\\x{a0}\\x{ad}\\x{200b}\\x{200e}\\x{200f}\\x{2060}\\x{feff}]|[\\x{c3}-\\x{c5}\\x{ce}-\\x{d1}\\x{d8}\\x{d9}][\\x{80}-\\x{9f}\\x{a1}-\\x{bf}]' THEN
        RETURN NULLIF(p_text, '');
    END IF;
    RETURN NULLIF(TRIM(REGEXP_REPLACE(
        REGEXP_REPLACE(fn_decoded_again(p_text), '[\\x{ad}\\x{200b}\\x{200e}\\x{200f}\\x{2060}\\x{feff}]+', ''),
        '[\\s\\p{Z}]+', ' ')), '');
END;
