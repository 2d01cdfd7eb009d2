-- A category that is made is not its own parent; afterwards, as its number is known then.
-- Grain: one category. Errors: check.
DELIMITER //
CREATE OR REPLACE TRIGGER trg_categories_parent
AFTER INSERT ON categories
FOR EACH ROW
BEGIN
    CALL sp_require_another_parent(NEW.category_id, NEW.parent_id);
END //
DELIMITER ;
