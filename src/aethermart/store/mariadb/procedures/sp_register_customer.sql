-- Take in a new customer with the address that goods are sent to.
-- DEFINER: the caller needs no right to read or write customers.
-- Grain: one customer; answers customer_id and address_id. Nulls: p_phone may be null.
-- Its own transaction where the caller has none, else a savepoint of the caller's.
-- Errors: unique: the e-mail address is known; check: it has no @, or the country no two letters.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_register_customer(
    IN p_email VARCHAR(320) CHARACTER SET utf8mb4,
    IN p_first_name VARCHAR(200) CHARACTER SET utf8mb4,
    IN p_last_name VARCHAR(200) CHARACTER SET utf8mb4,
    IN p_phone VARCHAR(50) CHARACTER SET utf8mb4,
    IN p_street VARCHAR(300) CHARACTER SET utf8mb4,
    IN p_city VARCHAR(200) CHARACTER SET utf8mb4,
    IN p_postal_code VARCHAR(20) CHARACTER SET utf8mb4,
    IN p_country CHAR(2) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_customer_id BIGINT;
    DECLARE v_address_id BIGINT;
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_register_customer;
        END IF;
        RESIGNAL;
    END;

    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_register_customer;
    END IF;
    INSERT INTO customers (email, first_name, last_name, phone)
    VALUES (p_email, p_first_name, p_last_name, p_phone);
    SET v_customer_id = LAST_INSERT_ID();
    INSERT INTO customer_addresses (customer_id, street, city, postal_code, country)
    VALUES (v_customer_id, p_street, p_city, p_postal_code, p_country);
    SET v_address_id = LAST_INSERT_ID();
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT v_customer_id AS customer_id, v_address_id AS address_id;
END //
DELIMITER ;
