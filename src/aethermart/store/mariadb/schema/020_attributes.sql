-- What makes a product of one category different from another's: a laptop's memory, a shirt's cut.
-- Grain: products.attributes one JSON object a product; category_attribute_schemas one JSON schema a
-- category (a category without one allows any attributes); product_attribute_values one row a value
-- of an attribute, kept by triggers so that any attribute is found by an index, new ones too.
-- Nulls: brand, colour and size are null where the attributes lack them. value_number is null where
-- the value is no number; texts are cut to 200 characters there, not in attributes.

ALTER TABLE products
    ADD COLUMN IF NOT EXISTS attributes LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
    NOT NULL DEFAULT '{}',
    ADD COLUMN IF NOT EXISTS brand VARCHAR(100) COLLATE utf8mb4_uca1400_ai_ci
    AS (LEFT(JSON_VALUE(attributes, '$.brand'), 100)) VIRTUAL,
    ADD COLUMN IF NOT EXISTS colour VARCHAR(100) COLLATE utf8mb4_uca1400_ai_ci
    AS (LEFT(JSON_VALUE(attributes, '$.colour'), 100)) VIRTUAL,
    ADD COLUMN IF NOT EXISTS size VARCHAR(100) COLLATE utf8mb4_uca1400_ai_ci
    AS (LEFT(JSON_VALUE(attributes, '$.size'), 100)) VIRTUAL;

ALTER TABLE products
    ADD CONSTRAINT IF NOT EXISTS products_attributes_are_an_object
    CHECK (JSON_VALID(attributes) AND JSON_TYPE(attributes) = 'OBJECT'),
    ADD INDEX IF NOT EXISTS products_brand (brand),
    ADD INDEX IF NOT EXISTS products_colour (colour),
    ADD INDEX IF NOT EXISTS products_size (size);

CREATE TABLE IF NOT EXISTS category_attribute_schemas (
    category_id      BIGINT NOT NULL PRIMARY KEY,
    attribute_schema LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    updated_at       TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
    ON UPDATE CURRENT_TIMESTAMP(6),
    CONSTRAINT category_attribute_schemas_are_objects
    CHECK (JSON_VALID(attribute_schema) AND JSON_TYPE(attribute_schema) = 'OBJECT'),
    CONSTRAINT category_attribute_schemas_category
    FOREIGN KEY (category_id) REFERENCES categories (category_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS product_attribute_values (
    product_attribute_value_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id                 BIGINT NOT NULL,
    attribute                  VARCHAR(100) COLLATE utf8mb4_nopad_bin NOT NULL,
    value_text                 VARCHAR(200) NOT NULL,
    value_number               DECIMAL(18, 4) NULL,
    CONSTRAINT product_attribute_values_product
    FOREIGN KEY (product_id) REFERENCES products (product_id),
    INDEX product_attribute_values_text (attribute, value_text, product_id),
    INDEX product_attribute_values_number (attribute, value_number, product_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
