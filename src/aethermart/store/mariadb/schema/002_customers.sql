-- Who buys and where to.
-- Grain: customers one row a person; customer_addresses one row an address of a customer.

CREATE TABLE IF NOT EXISTS customers (
    customer_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    email       VARCHAR(320) COLLATE utf8mb4_nopad_bin NOT NULL,
    first_name  VARCHAR(200) NOT NULL,
    last_name   VARCHAR(200) NOT NULL,
    phone       VARCHAR(50) NULL,
    created_at  TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    updated_at  TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
                ON UPDATE CURRENT_TIMESTAMP(6),
    CONSTRAINT customers_email_once UNIQUE (email),
    CONSTRAINT customers_email_has_at CHECK (email LIKE '_%@_%')
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS customer_addresses (
    address_id  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer_id BIGINT NOT NULL,
    street      VARCHAR(300) NOT NULL,
    city        VARCHAR(200) NOT NULL,
    postal_code VARCHAR(20) COLLATE utf8mb4_nopad_bin NOT NULL,
    country     CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- ISO 3166-1 alpha-2
    latitude    DECIMAL(9, 6) NULL,
    longitude   DECIMAL(9, 6) NULL,
    CONSTRAINT customer_addresses_country_is_iso CHECK (country REGEXP '^[A-Z]{2}$'),
    CONSTRAINT customer_addresses_latitude_on_earth CHECK (latitude BETWEEN -90 AND 90),
    CONSTRAINT customer_addresses_longitude_on_earth CHECK (longitude BETWEEN -180 AND 180),
    -- What an order's foreign key names, so that it is delivered to its own customer.
    CONSTRAINT customer_addresses_of_customer UNIQUE (address_id, customer_id),
    CONSTRAINT customer_addresses_customer
    FOREIGN KEY (customer_id) REFERENCES customers (customer_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
