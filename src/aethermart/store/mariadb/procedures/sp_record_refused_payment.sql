-- Write down that a provider refused a payment of an order that is not paid yet.
-- Grain: one attempt; answers with its id. Locks: the order.
-- Its own transaction where the caller has none, else a savepoint of the caller's.
-- Errors: AM006 the order is paid or ended, AM007 no such order.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_record_refused_payment(
    IN p_order_id BIGINT,
    IN p_method VARCHAR(100) CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
BEGIN
    DECLARE v_ours BOOLEAN DEFAULT @@in_transaction = 0 AND @@autocommit = 1;
    DECLARE v_status VARCHAR(10) CHARACTER SET utf8mb4;
    DECLARE v_amount DECIMAL(12, 2);
    DECLARE v_currency CHAR(3) CHARACTER SET utf8mb4;
    DECLARE v_payment_id BIGINT;
    DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        DECLARE CONTINUE HANDLER FOR 1305 BEGIN END;  -- a deadlock took the savepoint with it
        IF v_ours THEN
            ROLLBACK;
        ELSE
            ROLLBACK TO SAVEPOINT sp_record_refused_payment;
        END IF;
        RESIGNAL;
    END;
    IF v_ours THEN
        START TRANSACTION;
    ELSE
        SAVEPOINT sp_record_refused_payment;
    END IF;
    SELECT o.status, o.total_amount, o.currency INTO v_status, v_amount, v_currency
    FROM orders AS o
    WHERE o.order_id = p_order_id
    FOR UPDATE;
    IF v_status IS NULL THEN
        CALL sp_refuse(
            7, CONCAT('there is no order ', QUOTE(p_order_id)), 'look the order up by its number'
        );
    END IF;
    IF v_status <> 'PENDING' THEN
        CALL sp_refuse(
            6,
            CONCAT('order ', p_order_id, ' is ', v_status, ': it awaits no payment'),
            'only an order that is PENDING is paid'
        );
    END IF;
    INSERT INTO payments (order_id, method, status, amount, currency)
    VALUES (p_order_id, p_method, 'FAILED', v_amount, v_currency);
    SET v_payment_id = LAST_INSERT_ID();
    IF v_ours THEN
        COMMIT;
    END IF;
    SELECT v_payment_id AS payment_id;
END //
DELIMITER ;
