-- The currency that an amount's text names by its code or its sign, else p_own, the shop's. A sign
-- that several countries use is p_own if that is one of them, else NULL ($ is then the US dollar).
-- Grain: one text. Errors: none.
CREATE OR REPLACE FUNCTION fn_parse_currency(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_own VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_codes VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin DEFAULT
        '(?<![A-Z])(EUR|USD|GBP|CHF|PLN|SEK|DKK|NOK|CZK|HUF|RON|BGN|TRY|JPY|CNY|INR|CAD|AUD|NZD|BRL|MXN|ZAR)(?![A-Z])';
    IF p_text REGEXP '^[-0-9., ]*$' THEN
        RETURN p_own;
    END IF;
    SET v_text = UPPER(p_text);
    RETURN CASE
        WHEN v_text REGEXP v_codes THEN REGEXP_SUBSTR(v_text, v_codes)
        WHEN v_text LIKE '%€%' THEN 'EUR'
        WHEN v_text LIKE '%£%' THEN 'GBP'
        WHEN v_text LIKE '%ZŁ%' THEN 'PLN'
        WHEN v_text LIKE '%US$%' THEN 'USD'
        WHEN v_text LIKE '%C$%' OR v_text LIKE '%CA$%' THEN 'CAD'
        WHEN v_text LIKE '%A$%' OR v_text LIKE '%AU$%' THEN 'AUD'
        WHEN v_text LIKE '%$%'
            THEN IF(p_own IN ('USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD', 'MXN'), p_own, 'USD')
        WHEN v_text LIKE '%₹%' THEN 'INR'
        WHEN v_text LIKE '%KČ%' THEN 'CZK'
        WHEN v_text REGEXP '(?<![A-Z])KR(?![A-Z])'
            THEN IF(p_own IN ('SEK', 'DKK', 'NOK', 'ISK', 'CZK'), p_own, NULL)
        WHEN v_text LIKE '%¥%' THEN IF(p_own IN ('JPY', 'CNY'), p_own, NULL)
        ELSE p_own
    END;
END;
