-- One number with any currency and grouping: '1.234,50 €', '$1,234.50', '1 234,50', '(12.50)'.
-- One mark with three digits after it ('1,299', '1.299') may be thousands or decimals, and nothing
-- in one value tells which: NULL. So is a text without a number, or with two ('10-20').
-- Grain: one text. Errors: none.
CREATE OR REPLACE FUNCTION fn_parse_amount(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS DECIMAL(18, 4)
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_text, v_digits VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_number VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    SET v_text = TRIM(p_text);
    IF v_text REGEXP '^-?[0-9]{1,14}(\\.([0-9]{1,2}|[0-9]{4}))?$' OR v_text REGEXP '^-?0\\.[0-9]{3}$' THEN
        RETURN CAST(v_text AS DECIMAL(18, 4));
    END IF;
    IF v_text NOT REGEXP '^[^0-9]*[0-9]([0-9.,''’\\s\\p{Z}]*[0-9])?[^0-9]*$' THEN
        RETURN NULL;
    END IF;
    SET v_digits = TRIM(BOTH ',' FROM TRIM(BOTH '.' FROM REGEXP_REPLACE(v_text, '[^0-9,.]+', '')));
    SET v_number = CASE
        WHEN v_digits REGEXP '^[0-9]+$' THEN v_digits
        WHEN v_digits REGEXP '^[0-9]{1,3}(,[0-9]{3})+\\.[0-9]+$' THEN REPLACE(v_digits, ',', '')
        WHEN v_digits REGEXP '^[0-9]{1,3}(\\.[0-9]{3})+,[0-9]+$'
            THEN REPLACE(REPLACE(v_digits, '.', ''), ',', '.')
        WHEN v_digits REGEXP '^[0-9]{1,3}((,[0-9]{3}){2,}|(\\.[0-9]{3}){2,})$'
            THEN REPLACE(REPLACE(v_digits, '.', ''), ',', '')
        WHEN v_digits REGEXP '^[0-9]+[.,]([0-9]{1,2}|[0-9]{4,})$|^0[.,][0-9]{3}$'
            THEN REPLACE(v_digits, ',', '.')
    END;
    IF v_number NOT REGEXP '^[0-9]{1,14}(\\.[0-9]+)?$' THEN
        RETURN NULL;
    END IF;
    RETURN CAST(CONCAT(
        IF(v_text REGEXP '^[^0-9]*[-−][^0-9]*[0-9]|^\\(.*\\)$|[0-9]\\s*[-−]$', '-', ''), v_number
    ) AS DECIMAL(18, 4));
END;
