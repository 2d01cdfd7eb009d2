-- Which of a customer's columns holds the e-mail address: email, or first_name, last_name or phone
-- where email has no @ and that one has, because the two have changed places.
-- Grain: one customer. Errors: none.
CREATE OR REPLACE FUNCTION fn_email_among(
    p_email VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_first_name VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_last_name VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin,
    p_phone VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin
) RETURNS VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin
DETERMINISTIC NO SQL
RETURN CASE
    WHEN p_email LIKE '%@%' THEN 'email'
    WHEN p_first_name LIKE '%_@_%' THEN 'first_name'
    WHEN p_last_name LIKE '%_@_%' THEN 'last_name'
    WHEN p_phone LIKE '%_@_%' THEN 'phone'
    ELSE 'email'
END;
