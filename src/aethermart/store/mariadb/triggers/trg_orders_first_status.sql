-- An order begins PENDING, whoever writes it.
-- Grain: one order. Errors: AM006 illegal move. Not in bulk (@aethermart_bulk).
DELIMITER //
CREATE OR REPLACE TRIGGER trg_orders_first_status
BEFORE INSERT ON orders
FOR EACH ROW
BEGIN
    IF @aethermart_bulk IS NULL THEN
        CALL sp_require_legal_move(NEW.order_id, NULL, NEW.status);
    END IF;
END //
DELIMITER ;
