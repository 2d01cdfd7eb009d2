-- An order that is placed has its first event.
-- Grain: one order. Errors: none of its own. Not in bulk (@aethermart_bulk).
DELIMITER //
CREATE OR REPLACE TRIGGER trg_orders_first_event
AFTER INSERT ON orders
FOR EACH ROW
BEGIN
    IF @aethermart_bulk IS NULL THEN
        CALL sp_follow_status(NEW.order_id, NULL, NEW.status, NEW.total_amount, NEW.currency);
    END IF;
END //
DELIMITER ;
