-- Take back every line of a DELIVERED order: one return a line, refunded in full without shipping
-- and tax; the stock goes back (trg_orders_status_effects).
-- Grain: one order; answers with what is refunded, in the order's currency. Locks: the order.
-- Its own transaction where the caller has none, else a savepoint of the caller's.
-- Errors: AM006 illegal move, AM007 no such order.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_return_order(
    IN p_order_id BIGINT,
    IN p_reason VARCHAR(500) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE v_from VARCHAR(10) CHARACTER SET utf8mb4;
    DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_return_order;
        END IF;
        RESIGNAL;
    END;
    SET @aethermart_bulk = NULL;  -- never part of a load: the triggers act, whoever calls
    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_return_order;
    END IF;
    SELECT o.status, o.currency INTO v_from, v_currency
    FROM orders AS o
    WHERE o.order_id = p_order_id
    FOR UPDATE;
    IF v_from IS NULL THEN
        CALL sp_refuse(
            7, CONCAT('there is no order ', QUOTE(p_order_id)), 'look the order up by its number'
        );
    END IF;
    CALL sp_require_legal_move(p_order_id, v_from, 'RETURNED');
    CALL sp_refund_lines(p_order_id, v_currency, p_reason);
    UPDATE orders AS o SET o.status = 'RETURNED' WHERE o.order_id = p_order_id;
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT COALESCE(SUM(r.refund_amount), 0) AS refund
    FROM returns AS r
    WHERE r.order_id = p_order_id;
END //
DELIMITER ;
