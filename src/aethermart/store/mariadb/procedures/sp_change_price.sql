-- Set a product's price, for orders placed from now on.
-- Grain: one product; answers with the price it had. Locks: the product.
-- Its own transaction where the caller has none, else a savepoint of the caller's.
-- Errors: AM001 no such product; check: a negative price.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_change_price(IN p_product_id BIGINT, IN p_price DECIMAL(30, 6))
MODIFIES SQL DATA
BEGIN
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE v_before DECIMAL(12, 2);
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_change_price;
        END IF;
        RESIGNAL;
    END;
    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_change_price;
    END IF;
    SELECT p.price INTO v_before
    FROM products AS p
    WHERE p.product_id = p_product_id
    FOR UPDATE;
    IF v_before IS NULL THEN
        CALL sp_refuse(
            1,
            CONCAT('there is no product ', COALESCE(p_product_id, 'NULL')),
            'choose a product of the catalogue'
        );
    END IF;
    UPDATE products AS p SET p.price = p_price WHERE p.product_id = p_product_id;
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT v_before AS price;
END //
DELIMITER ;
