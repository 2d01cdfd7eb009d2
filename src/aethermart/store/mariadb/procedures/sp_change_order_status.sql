-- Move an order on. What follows from a move (stock back, refunds, the event) the triggers of
-- `orders` do, so that it follows from any UPDATE.
-- Grain: one order; answers with the status it had. Locks: the order.
-- Its own transaction where the caller has none, else a savepoint of the caller's.
-- Errors: AM006 illegal move, AM007 no such order.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_change_order_status(
    IN p_order_id BIGINT,
    IN p_status VARCHAR(100) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE v_from VARCHAR(10) CHARACTER SET utf8mb4;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_change_order_status;
        END IF;
        RESIGNAL;
    END;
    SET @aethermart_bulk = NULL;  -- never part of a load: the triggers act, whoever calls
    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_change_order_status;
    END IF;
    SELECT o.status INTO v_from FROM orders AS o WHERE o.order_id = p_order_id FOR UPDATE;
    IF v_from IS NULL THEN
        CALL sp_refuse(
            7, CONCAT('there is no order ', QUOTE(p_order_id)), 'look the order up by its number'
        );
    END IF;
    CALL sp_require_legal_move(p_order_id, v_from, p_status);
    UPDATE orders AS o SET o.status = p_status WHERE o.order_id = p_order_id;
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT v_from AS status;
END //
DELIMITER ;
