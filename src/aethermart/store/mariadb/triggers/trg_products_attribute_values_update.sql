-- The values of a product's attributes stand in product_attribute_values, where an index finds them.
-- Grain: one product. Errors: none of its own.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_products_attribute_values_update
AFTER UPDATE ON products
FOR EACH ROW
BEGIN
    IF NEW.attributes <> OLD.attributes THEN
        CALL sp_index_attributes(NEW.product_id, NEW.attributes);
    END IF;
END //
DELIMITER ;
