-- Files on their way into the store.
-- Grain: loads one row a run of one file; staging_* one row a record of a file, untyped, until its
-- load is done; rejected_rows one row a record that was not kept; load_notes one row a value that
-- was left empty in a record that was kept.
-- line: the record's number in its file, the header being 1. row_key: what the record is about, as
-- the core table's natural key has it; a load works in its order. fault: `rule:value` where the
-- reader could make no record of what the file has there.

CREATE TABLE IF NOT EXISTS loads (
    load_id     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    entity      VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    fingerprint CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,  -- content and how it is read
    run         INT NOT NULL DEFAULT 1,
    file_name   VARCHAR(500) NOT NULL,
    state       VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'staging',
    rows_in     INT NULL,
    kept        INT NOT NULL DEFAULT 0,
    rejected    INT NOT NULL DEFAULT 0,
    done_to     VARCHAR(400) COLLATE utf8mb4_nopad_bin NULL,  -- the last row_key that is done with
    date_order  CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,  -- DMY or MDY, where it shows
    started_at  TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    finished_at TIMESTAMP(6) NULL,
    CONSTRAINT loads_once UNIQUE (entity, fingerprint, run),
    CONSTRAINT loads_state_is_known CHECK (state IN ('staging', 'staged', 'done')),
    CONSTRAINT loads_done_adds_up CHECK (state <> 'done' OR rows_in = kept + rejected)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS rejected_rows (
    load_id BIGINT NOT NULL,
    line    INT NOT NULL,
    rule    VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value   VARCHAR(500) NULL,
    reason  VARCHAR(300) NOT NULL,
    PRIMARY KEY (load_id, line),
    CONSTRAINT rejected_rows_load FOREIGN KEY (load_id) REFERENCES loads (load_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS load_notes (
    load_id BIGINT NOT NULL,
    line    INT NOT NULL,
    rule    VARCHAR(50) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    value   VARCHAR(500) NULL,
    PRIMARY KEY (load_id, line, rule),
    CONSTRAINT load_notes_load FOREIGN KEY (load_id) REFERENCES loads (load_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS staging_categories (
    load_id BIGINT NOT NULL,
    row_key VARCHAR(400) NOT NULL,
    line    INT NOT NULL,
    fault   VARCHAR(500) NULL,
    name    VARCHAR(1000) NULL,
    parent  VARCHAR(1000) NULL,
    PRIMARY KEY (load_id, row_key, line)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS staging_suppliers (
    load_id BIGINT NOT NULL,
    row_key VARCHAR(400) NOT NULL,
    line    INT NOT NULL,
    fault   VARCHAR(500) NULL,
    name    VARCHAR(1000) NULL,
    country VARCHAR(1000) NULL,
    email   VARCHAR(1000) NULL,
    PRIMARY KEY (load_id, row_key, line)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS staging_products (
    load_id        BIGINT NOT NULL,
    row_key        VARCHAR(400) NOT NULL,
    line           INT NOT NULL,
    fault          VARCHAR(500) NULL,
    sku            VARCHAR(1000) NULL,
    name           VARCHAR(1000) NULL,
    description    MEDIUMTEXT NULL,
    category       VARCHAR(1000) NULL,
    price          VARCHAR(1000) NULL,
    currency       VARCHAR(1000) NULL,
    stock_quantity VARCHAR(1000) NULL,
    is_service     VARCHAR(1000) NULL,
    is_active      VARCHAR(1000) NULL,
    PRIMARY KEY (load_id, row_key, line)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS staging_attributes (
    load_id   BIGINT NOT NULL,
    row_key   VARCHAR(400) NOT NULL,
    line      INT NOT NULL,
    fault     VARCHAR(500) NULL,
    sku       VARCHAR(1000) NULL,
    attribute VARCHAR(1000) NULL,
    value     VARCHAR(1000) NULL,
    PRIMARY KEY (load_id, row_key, line)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS staging_customers (
    load_id     BIGINT NOT NULL,
    row_key     VARCHAR(400) NOT NULL,
    line        INT NOT NULL,
    fault       VARCHAR(500) NULL,
    email       VARCHAR(1000) NULL,
    first_name  VARCHAR(1000) NULL,
    last_name   VARCHAR(1000) NULL,
    phone       VARCHAR(1000) NULL,
    street      VARCHAR(1000) NULL,
    city        VARCHAR(1000) NULL,
    postal_code VARCHAR(1000) NULL,
    country     VARCHAR(1000) NULL,
    created_at  VARCHAR(1000) NULL,
    PRIMARY KEY (load_id, row_key, line)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS staging_orders (
    load_id         BIGINT NOT NULL,
    row_key         VARCHAR(400) NOT NULL,
    line            INT NOT NULL,
    fault           VARCHAR(500) NULL,
    order_reference VARCHAR(1000) NULL,
    customer_email  VARCHAR(1000) NULL,
    channel         VARCHAR(1000) NULL,
    status          VARCHAR(1000) NULL,
    currency        VARCHAR(1000) NULL,
    ordered_at      VARCHAR(1000) NULL,
    shipping_amount VARCHAR(1000) NULL,
    tax_amount      VARCHAR(1000) NULL,
    line_number     VARCHAR(1000) NULL,
    sku             VARCHAR(1000) NULL,
    quantity        VARCHAR(1000) NULL,
    unit_price      VARCHAR(1000) NULL,
    discount_amount VARCHAR(1000) NULL,
    PRIMARY KEY (load_id, row_key, line)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;

CREATE TABLE IF NOT EXISTS staging_reviews (
    load_id         BIGINT NOT NULL,
    row_key         VARCHAR(400) NOT NULL,
    line            INT NOT NULL,
    fault           VARCHAR(500) NULL,
    order_reference VARCHAR(1000) NULL,
    customer_email  VARCHAR(1000) NULL,
    sku             VARCHAR(1000) NULL,
    rating          VARCHAR(1000) NULL,
    title           VARCHAR(1000) NULL,
    body            MEDIUMTEXT NULL,
    reviewed_at     VARCHAR(1000) NULL,
    PRIMARY KEY (load_id, row_key, line)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_nopad_bin;
