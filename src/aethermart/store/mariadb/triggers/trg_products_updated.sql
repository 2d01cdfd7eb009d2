-- A row that changes says when, and nobody writes another time. ON UPDATE CURRENT_TIMESTAMP has
-- dated the row before this; in bulk (@aethermart_bulk) the time stays as it is or is written.
-- Grain: one row of products. Errors: none.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_products_updated
BEFORE UPDATE ON products
FOR EACH ROW
BEGIN
    IF @aethermart_bulk IS NULL THEN
        IF NEW.updated_at NOT IN (OLD.updated_at, CURRENT_TIMESTAMP(6)) THEN
            SET NEW.updated_at = CURRENT_TIMESTAMP(6);
        END IF;
    ELSEIF NEW.updated_at = CURRENT_TIMESTAMP(6) THEN
        SET NEW.updated_at = OLD.updated_at;
    END IF;
END //
DELIMITER ;
