-- Only what was delivered can be returned: a refund of a cancelled order cannot exist.
-- Grain: one return. Errors: AM006 illegal move. Not in bulk (@aethermart_bulk).
DELIMITER //
CREATE OR REPLACE TRIGGER trg_returns_order
BEFORE INSERT ON returns
FOR EACH ROW
BEGIN
    DECLARE v_status VARCHAR(10) CHARACTER SET utf8mb4;
    IF @aethermart_bulk IS NULL THEN
        SELECT o.status INTO v_status FROM orders AS o WHERE o.order_id = NEW.order_id;
        IF v_status NOT IN ('DELIVERED', 'RETURNED') THEN
            CALL sp_require_legal_move(NEW.order_id, v_status, 'RETURNED');
        END IF;
    END IF;
END //
DELIMITER ;
