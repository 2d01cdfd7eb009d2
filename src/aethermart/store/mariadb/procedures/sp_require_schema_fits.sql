-- Refuse a category's schema that is none, or that products of the category do not fit.
-- For triggers.
-- MariaDB knows no type integer: write "type": "number", "multipleOf": 1.
-- DEFINER: who writes schemas need not read products.
-- Grain: one category. Nulls: none.
-- Errors: AM021 a product does not fit, or the text is no JSON schema.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_require_schema_fits(
    IN p_category_id BIGINT,
    IN p_schema LONGTEXT CHARACTER SET utf8mb4
)
READS SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_sku VARCHAR(100) CHARACTER SET utf8mb4;
    DECLARE v_fault VARCHAR(400) CHARACTER SET utf8mb4;
    DECLARE v_probe BOOLEAN;

    IF JSON_VALID(p_schema) AND JSON_TYPE(p_schema) = 'OBJECT' THEN
        BEGIN
            DECLARE EXIT HANDLER FOR SQLEXCEPTION
            BEGIN
                GET DIAGNOSTICS CONDITION 1 v_fault = MESSAGE_TEXT;
                CALL sp_refuse(
                    21,
                    CONCAT(
                        'category ', p_category_id, ': this is no JSON schema (', v_fault, '): ',
                        p_schema
                    ),
                    'use the types string, number, boolean, array, object and null'
                );
            END;
            SET v_probe = JSON_SCHEMA_VALID(p_schema, '{}');
        END;
        SELECT p.sku, fn_attribute_fault(p_schema, p.attributes) INTO v_sku, v_fault
        FROM products AS p
        WHERE p.category_id = p_category_id AND NOT JSON_SCHEMA_VALID(p_schema, p.attributes)
        ORDER BY p.product_id
        LIMIT 1;
    END IF;  -- what is no object the CHECK refuses
    IF v_sku IS NOT NULL THEN
        CALL sp_refuse(
            21,
            CONCAT(
                'category ', p_category_id, ': product ', LEFT(v_sku, 60), ' would not fit: ',
                v_fault
            ),
            'change its attributes first'
        );
    END IF;
END //
DELIMITER ;
