-- A product's attributes fit its category's schema, whoever writes them.
-- Grain: one product. Errors: AM020 an attribute does not fit.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_products_attributes_update
BEFORE UPDATE ON products
FOR EACH ROW
BEGIN
    -- Stock changes with each order: only what can break the rule is looked at.
    IF NEW.attributes <> OLD.attributes OR NEW.category_id <> OLD.category_id THEN
        CALL sp_require_attributes(NEW.sku, NEW.category_id, NEW.attributes);
    END IF;
END //
DELIMITER ;
