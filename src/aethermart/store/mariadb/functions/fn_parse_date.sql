-- A time, in UTC, out of text: ISO 8601 (with Z or an offset), `31.01.2026` (no calendar has the
-- month first with points), and `31/01/2026`, where the day comes first or the month: p_order says
-- which, DMY or MDY; where it is NULL only what can be one of the two alone is read. NULL for what
-- is no day of the calendar.
-- Grain: one text. Errors: none.
CREATE OR REPLACE FUNCTION fn_parse_date(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_order VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS DATETIME(6)
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_text, v_zone VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_year, v_month, v_day, v_swap INT;
    DECLARE v_time VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin;
    DECLARE v_made DATETIME(6);
    IF p_text REGEXP '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])( ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])?$'
        AND p_text NOT LIKE '0000%' THEN
        RETURN CAST(p_text AS DATETIME(6));
    END IF;
    SET v_text = TRIM(p_text);
    IF v_text NOT REGEXP '^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|[0-9]{1,2}([./-])[0-9]{1,2}\\2[0-9]{4})([T ]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?)? ?(Z|UTC|[+-](0[0-9]|1[0-4]):?[0-5][0-9]|[+-]0[0-9])?$' THEN
        RETURN NULL;
    END IF;
    IF v_text REGEXP '^[0-9]{4}-' THEN
        SET v_year = SUBSTRING_INDEX(v_text, '-', 1);
        SET v_month = SUBSTRING_INDEX(SUBSTRING_INDEX(v_text, '-', 2), '-', -1);
        SET v_day = REGEXP_REPLACE(v_text, '^[0-9]{4}-[0-9]{1,2}-([0-9]{1,2}).*$', '\\1');
    ELSE
        SET v_day = REGEXP_SUBSTR(v_text, '^[0-9]{1,2}');
        SET v_month = REGEXP_REPLACE(v_text, '^[0-9]{1,2}.([0-9]{1,2}).*$', '\\1');
        SET v_year = REGEXP_REPLACE(v_text, '^[0-9]{1,2}.[0-9]{1,2}.([0-9]{4}).*$', '\\1');
        IF v_text REGEXP '^[0-9]{1,2}[/-]' THEN
            IF v_day <= 12 AND v_month <= 12 AND v_day <> v_month AND p_order IS NULL THEN
                RETURN NULL;
            END IF;
            IF v_month > 12 OR p_order = 'MDY' AND v_day <= 12 THEN
                SET v_swap = v_day, v_day = v_month, v_month = v_swap;
            END IF;
        END IF;
    END IF;
    IF v_year < 1 OR v_month NOT BETWEEN 1 AND 12 OR v_day < 1
        OR v_day > DAY(LAST_DAY(CONCAT(LPAD(v_year, 4, '0'), '-', v_month, '-01'))) THEN
        RETURN NULL;
    END IF;
    SET v_time = REPLACE(REGEXP_SUBSTR(v_text, '[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,6})?)?'), ',', '.');
    SET v_made = CAST(CONCAT(LPAD(v_year, 4, '0'), '-', LPAD(v_month, 2, '0'), '-', LPAD(v_day, 2, '0'),
        IF(v_time = '', '', CONCAT(' ', v_time))) AS DATETIME(6));
    SET v_zone = REGEXP_SUBSTR(SUBSTR(v_text, 11), '[+-][0-9]{2}:?([0-9]{2})?$');
    IF v_zone <> '' THEN
        SET v_made = v_made - INTERVAL CAST(CONCAT(LEFT(v_zone, 1), SUBSTR(v_zone, 2, 2) * 60
            + IF(CHAR_LENGTH(v_zone) > 3, RIGHT(v_zone, 2), 0)) AS SIGNED) MINUTE;
    END IF;
    RETURN v_made;
END;
