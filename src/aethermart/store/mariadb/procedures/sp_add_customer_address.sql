-- Give a customer a further address. An address is never changed: orders were sent there.
-- DEFINER: the caller needs no right to read or write addresses.
-- Grain: one address; answers address_id. Nulls: none.
-- Errors: foreign key: no such customer; check: the country has no two letters.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_add_customer_address(
    IN p_customer_id BIGINT,
    IN p_street VARCHAR(300) CHARACTER SET utf8mb4,
    IN p_city VARCHAR(200) CHARACTER SET utf8mb4,
    IN p_postal_code VARCHAR(20) CHARACTER SET utf8mb4,
    IN p_country CHAR(2) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    INSERT INTO customer_addresses (customer_id, street, city, postal_code, country)
    VALUES (p_customer_id, p_street, p_city, p_postal_code, p_country);
    SELECT LAST_INSERT_ID() AS address_id;
END //
DELIMITER ;
