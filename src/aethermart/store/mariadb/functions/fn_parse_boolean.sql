-- Yes or no out of text: 1, 0, true, false, yes, no, y, n, t, f. NULL for anything else.
-- Grain: one text. Errors: none.
CREATE OR REPLACE FUNCTION fn_parse_boolean(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS BOOLEAN
DETERMINISTIC NO SQL
RETURN CASE
    WHEN LOWER(TRIM(p_text)) IN ('1', 'true', 'yes', 'y', 't') THEN 1
    WHEN LOWER(TRIM(p_text)) IN ('0', 'false', 'no', 'n', 'f') THEN 0
END;
