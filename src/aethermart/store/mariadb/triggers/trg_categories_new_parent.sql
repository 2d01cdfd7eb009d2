-- A category that is moved is not its own parent.
-- Grain: one category. Errors: check.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_categories_new_parent
BEFORE UPDATE ON categories
FOR EACH ROW
BEGIN
    CALL sp_require_another_parent(NEW.category_id, NEW.parent_id);
END //
DELIMITER ;
