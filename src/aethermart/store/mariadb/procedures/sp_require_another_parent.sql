-- Refuse a category as its own parent: a check constraint cannot name an AUTO_INCREMENT column.
-- Grain: one category. Errors: check (23000, 4025, as of a constraint).
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_require_another_parent(IN p_category_id BIGINT, IN p_parent_id BIGINT)
NO SQL
BEGIN
    IF p_parent_id = p_category_id THEN
        SIGNAL SQLSTATE '23000' SET
            MESSAGE_TEXT = 'CONSTRAINT `categories_not_its_own_parent` failed for `categories`',
            MYSQL_ERRNO = 4025;
    END IF;
END //
DELIMITER ;
