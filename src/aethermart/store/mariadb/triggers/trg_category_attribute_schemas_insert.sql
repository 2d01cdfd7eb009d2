-- A category's schema is one, and all products that the category has fit it.
-- Grain: one category. Errors: AM021 a product does not fit, or the text is no JSON schema.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_category_attribute_schemas_insert
BEFORE INSERT ON category_attribute_schemas
FOR EACH ROW
BEGIN
    CALL sp_require_schema_fits(NEW.category_id, NEW.attribute_schema);
END //
DELIMITER ;
