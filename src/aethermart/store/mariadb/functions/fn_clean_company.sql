-- A company's name, its legal form at the end in the usual short form: Ltd, GmbH, Inc, LLC.
-- Grain: one name. Errors: none.
CREATE OR REPLACE FUNCTION fn_clean_company(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_name VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    SET v_name = fn_one_line(p_text);
    IF p_text NOT REGEXP '(?i)[,\\s]\\s*(limited|ltd|g\\.?\\s?m\\.?\\s?b\\.?\\s?h|inc|incorporated|llc|l\\.l\\.c)[.,]*\\s*$' THEN
        RETURN v_name;
    END IF;
    SET v_name = REGEXP_REPLACE(v_name, '(?i),?\\s+(limited|ltd)[.,]*$', ' Ltd');
    SET v_name = REGEXP_REPLACE(v_name, '(?i),?\\s+g\\.?\\s?m\\.?\\s?b\\.?\\s?h[.,]*$', ' GmbH');
    SET v_name = REGEXP_REPLACE(v_name, '(?i),?\\s+inc(orporated)?[.,]*$', ' Inc');
    RETURN REGEXP_REPLACE(v_name, '(?i),?\\s+l\\.?l\\.?c[.,]*$', ' LLC');
END;
