-- The values of a product's attributes stand in product_attribute_values, where an index finds them.
-- Grain: one product. Errors: none of its own.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_products_attribute_values_insert
AFTER INSERT ON products
FOR EACH ROW
BEGIN
    CALL sp_index_attributes(NEW.product_id, NEW.attributes);
END //
DELIMITER ;
