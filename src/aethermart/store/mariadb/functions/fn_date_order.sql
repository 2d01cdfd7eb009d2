-- Whether dates with slashes have the day first or the month, by what the whole column shows:
-- p_day_first values can only be read with the day first, p_month_first only with the month.
-- Grain: one column. NULL where it shows nothing, or both. Errors: none.
CREATE OR REPLACE FUNCTION fn_date_order(p_day_first BIGINT, p_month_first BIGINT)
RETURNS VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
RETURN CASE
    WHEN p_day_first > 0 AND COALESCE(p_month_first, 0) = 0 THEN 'DMY'
    WHEN p_month_first > 0 AND COALESCE(p_day_first, 0) = 0 THEN 'MDY'
END;
