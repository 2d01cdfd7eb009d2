-- Letters and digits alone, small, without accents: what two spellings of one name share.
-- Grain: one text. Errors: none.
CREATE OR REPLACE FUNCTION fn_bare_text(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    SET v = REGEXP_REPLACE(LOWER(p_text), '[^\\p{L}\\p{N}]+', '');
    IF v REGEXP '^[a-z0-9]*$' THEN
        RETURN v;
    END IF;
    SET v = REGEXP_REPLACE(v, '[àáâãäåāăą]', 'a');
    SET v = REGEXP_REPLACE(v, '[çćĉċč]', 'c');
    SET v = REGEXP_REPLACE(v, '[ďđ]', 'd');
    SET v = REGEXP_REPLACE(v, '[èéêëēĕėęě]', 'e');
    SET v = REGEXP_REPLACE(v, '[ĝğġģ]', 'g');
    SET v = REGEXP_REPLACE(v, '[ìíîïĩīĭįı]', 'i');
    SET v = REGEXP_REPLACE(v, '[ĺļľł]', 'l');
    SET v = REGEXP_REPLACE(v, '[ñńņň]', 'n');
    SET v = REGEXP_REPLACE(v, '[òóôõöøōŏő]', 'o');
    SET v = REGEXP_REPLACE(v, '[ŕŗř]', 'r');
    SET v = REGEXP_REPLACE(v, '[śŝşšș]', 's');
    SET v = REGEXP_REPLACE(v, '[ţťț]', 't');
    SET v = REGEXP_REPLACE(v, '[ùúûüũūŭůűų]', 'u');
    SET v = REGEXP_REPLACE(v, '[ýÿŷ]', 'y');
    RETURN REGEXP_REPLACE(v, '[źżž]', 'z');
END;
