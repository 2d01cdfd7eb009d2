-- A review is of what was delivered to that customer, whoever writes it.
-- Grain: one review. Errors: AM011 not delivered to the customer. Not in bulk (@aethermart_bulk).
DELIMITER //
CREATE OR REPLACE TRIGGER trg_reviews_verified
BEFORE INSERT ON reviews
FOR EACH ROW
BEGIN
    IF @aethermart_bulk IS NULL THEN
        CALL sp_require_delivered(NEW.product_id, NEW.customer_id, NEW.order_id);
    END IF;
END //
DELIMITER ;
