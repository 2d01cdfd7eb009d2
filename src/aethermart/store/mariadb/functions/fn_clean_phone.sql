-- A telephone number as E.164 (+, country, number) where the text or p_country says the country,
-- else its national digits; NULL where that is no telephone number. Extensions and `(0)` go, as does
-- the prefix for calls within the country.
-- Grain: one number. p_country: ISO 3166-1 alpha-2 or NULL. Errors: none.
CREATE OR REPLACE FUNCTION fn_clean_phone(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_country VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_kept, v_plus VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_code, v_trunk VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_long VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_digit INT DEFAULT 0;
    IF p_text REGEXP '^\\+[1-9][0-9]{7,14}$' THEN
        RETURN p_text;
    END IF;
    SET v_kept = REPLACE(p_text, '＋', '+');
    IF v_kept REGEXP '[０-９]' THEN
        WHILE v_digit < 10 DO
            SET v_kept = REPLACE(v_kept, SUBSTR('０１２３４５６７８９', v_digit + 1, 1), v_digit);
            SET v_digit = v_digit + 1;
        END WHILE;
    END IF;
    SET v_kept = REGEXP_REPLACE(
        v_kept, '(?i)\\s*(ext(ension)?|x|durchwahl|dw|#)[.:]?\\s*[0-9]{1,5}\\s*$', '');
    SET v_kept = REGEXP_REPLACE(REGEXP_REPLACE(v_kept, '\\(0\\)', ''), '[^0-9+]+', '');
    SET v_plus = REGEXP_REPLACE(v_kept, '^\\+(49|43|41|33|44|31|32|46|353|61|64)0', '+\\1');
    IF v_plus REGEXP '^\\+[1-9][0-9]{7,14}$' THEN
        RETURN v_plus;
    END IF;
    IF v_kept REGEXP '^00[1-9][0-9]{7,14}$' THEN
        RETURN CONCAT('+', SUBSTR(v_kept, 3));
    END IF;
    -- With its country's code, but without the plus: longer than any of that country, or, where
    -- numbers begin with 0 at home, begun with the code.
    SET v_long = CASE p_country
        WHEN 'IT' THEN '^39[0-9]{10,11}$' WHEN 'ES' THEN '^34[0-9]{9}$'
        WHEN 'PT' THEN '^351[0-9]{9}$' WHEN 'PL' THEN '^48[0-9]{9}$'
        WHEN 'DK' THEN '^45[0-9]{8}$' WHEN 'NO' THEN '^47[0-9]{8}$'
        WHEN 'CZ' THEN '^420[0-9]{9}$' WHEN 'GR' THEN '^30[0-9]{10}$'
        WHEN 'DE' THEN '^49[1-9][0-9]{8,11}$' WHEN 'AT' THEN '^43[1-9][0-9]{8,11}$'
        WHEN 'CH' THEN '^41[1-9][0-9]{8}$' WHEN 'FR' THEN '^33[1-9][0-9]{8}$'
        WHEN 'GB' THEN '^44[1-9][0-9]{8,9}$' WHEN 'NL' THEN '^31[1-9][0-9]{8}$'
        WHEN 'BE' THEN '^32[1-9][0-9]{7,8}$' WHEN 'SE' THEN '^46[1-9][0-9]{7,8}$'
    END;
    IF v_kept REGEXP v_long THEN
        RETURN CONCAT('+', v_kept);
    END IF;
    -- The country's code, after the ITU's list, and the prefix for calls within it.
    SET v_code = fn_dialling_code(p_country);
    SET v_trunk = CASE
        WHEN p_country IN ('US', 'CA') THEN '1?'
        WHEN p_country IN ('IT', 'ES', 'PT', 'PL', 'DK', 'NO', 'CZ', 'GR', 'LU', 'EE', 'LV') THEN ''
        WHEN p_country = 'HU' THEN '06'
        WHEN p_country = 'LT' THEN '8'
        ELSE '0'
    END;
    IF v_code IS NOT NULL AND v_kept REGEXP CONCAT('^', v_trunk, '[0-9]{6,12}$') THEN
        RETURN CONCAT('+', v_code, REGEXP_REPLACE(v_kept, CONCAT('^', v_trunk), ''));
    END IF;
    RETURN IF(v_kept REGEXP '^[0-9]{6,14}$', v_kept, NULL);
END;
