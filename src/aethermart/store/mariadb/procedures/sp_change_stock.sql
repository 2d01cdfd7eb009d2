-- Change one product's stock and write down why: RESTOCK or ADJUSTMENT.
-- Grain: one product; answers with its stock afterwards. Locks: the product.
-- Its own transaction where the caller has none, else a savepoint of the caller's.
-- Errors: AM001 no such product, AM002 not enough stock; check: another reason, no change, stock of
--         a service.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_change_stock(
    IN p_product_id BIGINT,
    IN p_change INT,
    IN p_reason VARCHAR(20) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE v_stock INT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_change_stock;
        END IF;
        RESIGNAL;
    END;
    SET @aethermart_bulk = NULL;  -- never part of a load: the triggers act, whoever calls
    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_change_stock;
    END IF;
    CALL sp_move_stock(p_product_id, p_change, p_reason, NULL, v_stock);
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT v_stock AS stock_quantity;
END //
DELIMITER ;
