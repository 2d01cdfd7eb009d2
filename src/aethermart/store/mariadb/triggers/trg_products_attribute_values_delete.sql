-- A product that goes takes its attribute values with it: a cascade would be missing in the binlog.
-- Grain: one product. Errors: none of its own.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_products_attribute_values_delete
BEFORE DELETE ON products
FOR EACH ROW
BEGIN
    DELETE FROM product_attribute_values WHERE product_id = OLD.product_id;
END //
DELIMITER ;
