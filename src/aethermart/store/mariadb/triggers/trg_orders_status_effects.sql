-- What follows from an order's new status, whoever wrote it (sp_follow_status).
-- Grain: one order. Errors: none of its own. Not in bulk (@aethermart_bulk).
DELIMITER //
CREATE OR REPLACE TRIGGER trg_orders_status_effects
AFTER UPDATE ON orders
FOR EACH ROW
BEGIN
    IF @aethermart_bulk IS NULL AND NEW.status <> OLD.status THEN
        CALL sp_follow_status(
            NEW.order_id, OLD.status, NEW.status, NEW.total_amount, NEW.currency
        );
    END IF;
END //
DELIMITER ;
