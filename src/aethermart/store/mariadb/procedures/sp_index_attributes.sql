-- Write the values of a product's attributes anew: for triggers, which have checked them.
-- An array has a row for each of its elements; an object within is kept as its JSON text.
-- Grain: one product. Nulls: a JSON null has no row. Errors: none of its own.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_index_attributes(
    IN p_product_id BIGINT,
    IN p_attributes LONGTEXT CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
SQL SECURITY DEFINER
BEGIN
    DELETE FROM product_attribute_values WHERE product_id = p_product_id;
    INSERT INTO product_attribute_values (product_id, attribute, value_text, value_number)
    SELECT
        p_product_id,
        LEFT(pair.attribute, 100),
        LEFT(COALESCE(element.scalar, element.whole), 200),
        IF(
            JSON_TYPE(element.whole) IN ('INTEGER', 'DOUBLE')
            AND ABS(CAST(element.scalar AS DOUBLE)) < 1e14,
            CAST(element.scalar AS DECIMAL(18, 4)),
            NULL
        )
    FROM (
        SELECT
            k.attribute,
            JSON_EXTRACT(p_attributes, CONCAT('$.', JSON_QUOTE(k.attribute))) AS whole
        FROM
            JSON_TABLE(
                JSON_KEYS(p_attributes), '$[*]' COLUMNS (attribute VARCHAR(200) PATH '$')
            ) AS k
    ) AS pair,
        JSON_TABLE(
            IF(JSON_TYPE(pair.whole) = 'ARRAY', pair.whole, CONCAT('[', pair.whole, ']')),
            '$[*]' COLUMNS (
                scalar VARCHAR(4000) PATH '$' NULL ON ERROR,
                whole JSON PATH '$'
            )
        ) AS element
    WHERE JSON_TYPE(element.whole) <> 'NULL';
END //
DELIMITER ;
