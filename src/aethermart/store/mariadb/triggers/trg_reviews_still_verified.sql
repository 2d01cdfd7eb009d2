-- A review that is given to another product, customer or order is of what was delivered, too.
-- Grain: one review. Errors: AM011 not delivered to the customer. Not in bulk (@aethermart_bulk).
DELIMITER //
CREATE OR REPLACE TRIGGER trg_reviews_still_verified
BEFORE UPDATE ON reviews
FOR EACH ROW
BEGIN
    IF @aethermart_bulk IS NULL AND NOT (
        NEW.product_id <=> OLD.product_id
        AND NEW.customer_id <=> OLD.customer_id
        AND NEW.order_id <=> OLD.order_id
    ) THEN
        CALL sp_require_delivered(NEW.product_id, NEW.customer_id, NEW.order_id);
    END IF;
END //
DELIMITER ;
