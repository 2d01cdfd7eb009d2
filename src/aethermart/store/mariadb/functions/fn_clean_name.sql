-- A person's first or last name: in one line; written in capitals or small letters alone, it gets
-- its capitals back. Two letters may be initials, and most scripts have no capitals: those stay.
-- Grain: one name. Errors: none.
CREATE OR REPLACE FUNCTION fn_clean_name(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_name VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    SET v_name = fn_one_line(p_text);
    IF p_text LIKE '%@%' OR NOT (
        p_text = LOWER(p_text) AND p_text <> UPPER(p_text)
        OR p_text = UPPER(p_text) AND p_text <> LOWER(p_text) AND CHAR_LENGTH(TRIM(p_text)) > 2
        OR p_text REGEXP '^\\p{Ll}\\p{Lu}{2,}$'
    ) THEN
        RETURN v_name;
    END IF;
    SET v_name = fn_title_case(v_name);
    IF v_name REGEXP '(^|\\s)(Van|Von|Der|Den|De|La|Du|Da|Dos) ' THEN
        SET v_name = REGEXP_REPLACE(v_name, '(^|\\s)Van ', '\\1van ');
        SET v_name = REGEXP_REPLACE(v_name, '(^|\\s)Von ', '\\1von ');
        SET v_name = REGEXP_REPLACE(v_name, '(^|\\s)Der ', '\\1der ');
        SET v_name = REGEXP_REPLACE(v_name, '(^|\\s)Den ', '\\1den ');
        SET v_name = REGEXP_REPLACE(v_name, '(^|\\s)De ', '\\1de ');
        SET v_name = REGEXP_REPLACE(v_name, '(^|\\s)La ', '\\1la ');
        SET v_name = REGEXP_REPLACE(v_name, '(^|\\s)Du ', '\\1du ');
        SET v_name = REGEXP_REPLACE(v_name, '(^|\\s)Da ', '\\1da ');
        SET v_name = REGEXP_REPLACE(v_name, '(^|\\s)Dos ', '\\1dos ');
    END IF;
    RETURN v_name;
END;
