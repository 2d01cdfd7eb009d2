-- A price as `1299.00 USD`: amount and currency out of text in whatever form, p_own where it names
-- no currency. NULL where it tells no number, two, or one of two (see fn_parse_amount), less than
-- nothing, or a currency that could be several countries'.
-- Grain: one text. Errors: none.
CREATE OR REPLACE FUNCTION fn_parse_price(
    p_text VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_own VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(30) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
DETERMINISTIC NO SQL
BEGIN
    DECLARE v_amount DECIMAL(18, 4) DEFAULT fn_parse_amount(p_text);
    RETURN IF(v_amount < 0, NULL,
        CONCAT(ROUND(v_amount, 2), ' ', fn_parse_currency(p_text, p_own)));
END;
