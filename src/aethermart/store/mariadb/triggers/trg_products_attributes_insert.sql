-- A product's attributes fit its category's schema, whoever writes them.
-- Grain: one product. Errors: AM020 an attribute does not fit.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_products_attributes_insert
BEFORE INSERT ON products
FOR EACH ROW
BEGIN
    CALL sp_require_attributes(NEW.sku, NEW.category_id, NEW.attributes);
END //
DELIMITER ;
