-- An e-mail address in small letters, without what mail programs and web pages put around it; NULL
-- where that is not of the form name@domain.tld. Tags (`+shop`), dots and foreign letters stay.
-- Grain: one address. Errors: none.
CREATE OR REPLACE FUNCTION fn_clean_email(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_bare VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_form VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
        '^[^@\\s\\p{Z},;:<>()\\[\\]]+@[^@\\s\\p{Z},;:<>()\\[\\]]+\\.[^@\\s\\p{Z}.,;:<>()\\[\\]0-9][^@\\s\\p{Z}.,;:<>()\\[\\]]+$';
    IF p_text REGEXP '^[a-z0-9._+-]+@[a-z0-9.-]+\\.[a-z]{2,}$' OR p_text REGEXP v_form THEN
        RETURN LOWER(p_text);
    END IF;
    SET v_bare = LOWER(REPLACE(p_text, '＠', '@'));
    SET v_bare = REGEXP_REPLACE(v_bare, '^.*<([^<>]+)>.*$', '\\1');
    SET v_bare = REGEXP_REPLACE(v_bare, '^[\\s\\p{Z}]*(mailto:|(e-?)?mail[\\s\\p{Z}]*:)?', '');
    SET v_bare = REGEXP_REPLACE(v_bare, '[\\s\\p{Z}]*(\\(at\\)|\\[at\\])[\\s\\p{Z}]*', '@');
    SET v_bare = REGEXP_REPLACE(v_bare, '[\\s\\p{Z}]+', '');
    SET v_bare = REGEXP_REPLACE(v_bare, '[.,;]+$', '');
    SET v_bare = REGEXP_REPLACE(v_bare, '(@[^,]+),([a-z]{2,}$)', '\\1.\\2');
    RETURN IF(v_bare REGEXP v_form, v_bare, NULL);
END;
