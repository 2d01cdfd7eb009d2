-- Who supplies what the shop sells, and at what cost.
-- Grain: suppliers one row a company; product_suppliers one row a product that a supplier gives.
-- Money: unit_cost is of one piece, in its own currency, without tax.

CREATE TABLE IF NOT EXISTS suppliers (
    supplier_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name        VARCHAR(300) COLLATE utf8mb4_nopad_bin NOT NULL,
    country     CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- ISO 3166-1 alpha-2
    email       VARCHAR(320) COLLATE utf8mb4_nopad_bin NULL,
    created_at  TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    CONSTRAINT suppliers_name_once UNIQUE (name),
    CONSTRAINT suppliers_name_not_empty CHECK (name <> ''),
    CONSTRAINT suppliers_country_is_iso CHECK (country REGEXP '^[A-Z]{2}$'),
    CONSTRAINT suppliers_email_has_at CHECK (email LIKE '_%@_%')
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS product_suppliers (
    product_supplier_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id          BIGINT NOT NULL,
    supplier_id         BIGINT NOT NULL,
    unit_cost           DECIMAL(12, 2) NOT NULL,
    currency            CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'EUR',
    lead_time_days      INT NOT NULL,
    is_primary          BOOLEAN NOT NULL DEFAULT FALSE,
    -- The product where the supplier is its primary one, else null: what the unique key counts.
    primary_of          BIGINT AS (IF(is_primary, product_id, NULL)) VIRTUAL,
    CONSTRAINT product_suppliers_cost_not_negative CHECK (unit_cost >= 0),
    CONSTRAINT product_suppliers_currency_is_iso CHECK (currency REGEXP '^[A-Z]{3}$'),
    CONSTRAINT product_suppliers_lead_time_not_negative CHECK (lead_time_days >= 0),
    CONSTRAINT product_suppliers_is_primary_is_boolean CHECK (is_primary IN (0, 1)),
    CONSTRAINT product_suppliers_once UNIQUE (product_id, supplier_id),
    -- A product has one supplier whose cost counts.
    CONSTRAINT product_suppliers_one_primary UNIQUE (primary_of),
    CONSTRAINT product_suppliers_product FOREIGN KEY (product_id) REFERENCES products (product_id),
    CONSTRAINT product_suppliers_supplier
    FOREIGN KEY (supplier_id) REFERENCES suppliers (supplier_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
