-- An order moves legally, whoever writes it. (That it begins PENDING: trg_orders_first_status.)
-- Grain: one order. Errors: AM006 illegal move. Not in bulk (@aethermart_bulk).
DELIMITER //
CREATE OR REPLACE TRIGGER trg_orders_status
BEFORE UPDATE ON orders
FOR EACH ROW
BEGIN
    IF @aethermart_bulk IS NULL AND NOT NEW.status <=> OLD.status THEN
        CALL sp_require_legal_move(NEW.order_id, OLD.status, NEW.status);
    END IF;
END //
DELIMITER ;
