-- What the shop sells.
-- Grain: categories one row a category (a tree by parent_id); products one row a product on sale.
-- Money is in the product's own currency, without tax. A service has no stock.
-- Codes compare exactly (utf8mb4_nopad_bin); words as people sort them (utf8mb4_uca1400_ai_ci).

CREATE TABLE IF NOT EXISTS categories (
    category_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name        VARCHAR(200) COLLATE utf8mb4_nopad_bin NOT NULL,
    parent_id   BIGINT NULL,
    CONSTRAINT categories_name_once UNIQUE (name),
    CONSTRAINT categories_name_not_empty CHECK (name <> ''),
    CONSTRAINT categories_parent FOREIGN KEY (parent_id) REFERENCES categories (category_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS products (
    product_id     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    sku            VARCHAR(100) COLLATE utf8mb4_nopad_bin NOT NULL,
    name           VARCHAR(500) NOT NULL,
    description    MEDIUMTEXT NOT NULL DEFAULT '',
    category_id    BIGINT NOT NULL,
    price          DECIMAL(12, 2) NOT NULL,
    currency       CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'EUR',
    stock_quantity INT NOT NULL DEFAULT 0,
    is_service     BOOLEAN NOT NULL DEFAULT FALSE,
    is_active      BOOLEAN NOT NULL DEFAULT TRUE,
    created_at     TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    updated_at     TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
                   ON UPDATE CURRENT_TIMESTAMP(6),
    CONSTRAINT products_sku_once UNIQUE (sku),
    CONSTRAINT products_sku_not_empty CHECK (sku <> ''),
    CONSTRAINT products_name_not_empty CHECK (name <> ''),
    CONSTRAINT products_price_not_negative CHECK (price >= 0),
    CONSTRAINT products_currency_is_iso CHECK (currency REGEXP '^[A-Z]{3}$'),
    CONSTRAINT products_stock_not_negative CHECK (stock_quantity >= 0),
    CONSTRAINT products_service_has_no_stock CHECK (NOT is_service OR stock_quantity = 0),
    CONSTRAINT products_is_service_is_boolean CHECK (is_service IN (0, 1)),
    CONSTRAINT products_is_active_is_boolean CHECK (is_active IN (0, 1)),
    CONSTRAINT products_category FOREIGN KEY (category_id) REFERENCES categories (category_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
