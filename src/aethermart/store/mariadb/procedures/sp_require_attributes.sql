-- Refuse attributes that do not fit their category's schema. For triggers.
-- DEFINER: who writes products need not read the schemas.
-- Grain: one product. Nulls: none. Errors: AM020 an attribute does not fit.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_require_attributes(
    IN p_sku VARCHAR(100) CHARACTER SET utf8mb4,
    IN p_category_id BIGINT,
    IN p_attributes LONGTEXT CHARACTER SET utf8mb4
)
READS SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_fault VARCHAR(400) CHARACTER SET utf8mb4;

    IF JSON_VALID(p_attributes) AND JSON_TYPE(p_attributes) = 'OBJECT' THEN
        SET v_fault = fn_attribute_fault(
            (
                SELECT s.attribute_schema
                FROM category_attribute_schemas AS s
                WHERE s.category_id = p_category_id
            ),
            p_attributes
        );
    END IF;  -- what is no object the CHECK refuses
    IF v_fault IS NOT NULL THEN
        CALL sp_refuse(
            20,
            CONCAT('product ', LEFT(p_sku, 60), ': ', v_fault),
            'correct the attribute, or the schema of the category'
        );
    END IF;
END //
DELIMITER ;
