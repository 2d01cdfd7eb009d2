-- What is wrong with a product's attributes under a JSON schema, in words; null when they fit.
-- Each attribute is held alone against what the schema says of it, so that the text can name one;
-- rules over several attributes are told as such.
-- Grain: one answer a call. Nulls: a null schema allows all. Errors: 4175 (HY000) where p_schema is
--         no JSON schema.
DELIMITER //
CREATE OR REPLACE FUNCTION fn_attribute_fault(
    p_schema LONGTEXT CHARACTER SET utf8mb4,
    p_attributes LONGTEXT CHARACTER SET utf8mb4
) RETURNS VARCHAR(400) CHARACTER SET utf8mb4
DETERMINISTIC NO SQL
SQL SECURITY INVOKER
BEGIN
    DECLARE v_keys LONGTEXT CHARACTER SET utf8mb4 DEFAULT JSON_KEYS(p_attributes);
    DECLARE v_required LONGTEXT CHARACTER SET utf8mb4 DEFAULT JSON_QUERY(p_schema, '$.required');
    DECLARE v_key VARCHAR(200) CHARACTER SET utf8mb4;
    DECLARE v_rule LONGTEXT CHARACTER SET utf8mb4;
    DECLARE v_value LONGTEXT CHARACTER SET utf8mb4;
    DECLARE i INT DEFAULT 0;

    IF p_schema IS NULL OR JSON_SCHEMA_VALID(p_schema, p_attributes) THEN
        RETURN NULL;
    END IF;
    WHILE i < COALESCE(JSON_LENGTH(v_required), 0) DO
        SET v_key = JSON_VALUE(v_required, CONCAT('$[', i, ']'));
        IF NOT JSON_CONTAINS_PATH(p_attributes, 'one', CONCAT('$.', JSON_QUOTE(v_key))) THEN
            RETURN CONCAT('attribute ', JSON_QUOTE(v_key), ' is missing');
        END IF;
        SET i = i + 1;
    END WHILE;
    SET i = 0;
    WHILE i < JSON_LENGTH(v_keys) DO
        SET v_key = JSON_VALUE(v_keys, CONCAT('$[', i, ']'));
        SET v_value = JSON_EXTRACT(p_attributes, CONCAT('$.', JSON_QUOTE(v_key)));
        SET v_rule = JSON_EXTRACT(p_schema, CONCAT('$.properties.', JSON_QUOTE(v_key)));
        IF v_rule IS NULL AND JSON_EXTRACT(p_schema, '$.additionalProperties') = 'false' THEN
            RETURN CONCAT('attribute ', JSON_QUOTE(v_key), ' is not one of its category');
        END IF;
        IF v_rule IS NOT NULL AND NOT JSON_SCHEMA_VALID(v_rule, v_value) THEN
            RETURN CONCAT(
                'attribute ', JSON_QUOTE(v_key), ' is ', LEFT(v_value, 80), ', allowed is ',
                LEFT(v_rule, 150)
            );
        END IF;
        SET i = i + 1;
    END WHILE;
    RETURN 'the attributes break a rule over several of them';
END //
DELIMITER ;
