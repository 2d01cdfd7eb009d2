-- Whether city and postal code have changed places: digits and no word here, a word and no digits
-- there.
-- Grain: one address. Errors: none.
CREATE OR REPLACE FUNCTION fn_is_postal_code_in_city(
    p_city VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_postal_code VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS BOOLEAN
DETERMINISTIC NO SQL
RETURN COALESCE(
    p_city REGEXP '[0-9]'
    AND p_city REGEXP '^[^\\p{L}]*([\\p{L}]{1,2}[^\\p{L}]*)*$'
    AND p_postal_code REGEXP '^[^0-9]*[\\p{L}]{3}[^0-9]*$',
    FALSE
);
