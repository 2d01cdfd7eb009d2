-- Whether a line's quantity and price have changed places: a piece cannot be had in part, and `3`
-- beside `19.99` is the number of pieces. Two whole numbers cannot be told.
-- Grain: one line. Errors: none.
CREATE OR REPLACE FUNCTION fn_is_price_in_quantity(
    p_quantity VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_unit_price VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS BOOLEAN
DETERMINISTIC NO SQL
RETURN COALESCE(
    p_unit_price REGEXP '^\\s*[0-9]{1,5}\\s*$'
    AND fn_parse_integer(p_quantity) IS NULL
    AND fn_parse_amount(p_quantity) IS NOT NULL,
    FALSE
);
