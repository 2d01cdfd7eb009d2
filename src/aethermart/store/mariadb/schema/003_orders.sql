-- What was bought and what became of it.
-- Grain: orders one row an order; order_items one row a line; order_events one row a status change
-- (from_status null: the order was placed); returns one row a line sent back.
-- Times: UTC. Money: the order's currency; lines and refunds without tax and shipping.

CREATE TABLE IF NOT EXISTS orders (
    order_id        BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer_id     BIGINT NOT NULL,
    address_id      BIGINT NOT NULL,
    channel         VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status          VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'PENDING',
    currency        CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'EUR',
    ordered_at      TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    updated_at      TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
                    ON UPDATE CURRENT_TIMESTAMP(6),
    idempotency_key VARCHAR(200) COLLATE utf8mb4_nopad_bin NULL,
    shipping_amount DECIMAL(12, 2) NOT NULL DEFAULT 0,
    tax_amount      DECIMAL(12, 2) NOT NULL DEFAULT 0,
    total_amount    DECIMAL(12, 2) NOT NULL,
    CONSTRAINT orders_idempotency_key_once UNIQUE (idempotency_key),
    CONSTRAINT orders_channel_is_known CHECK (channel IN ('web', 'mobile', 'popup', 'partner')),
    CONSTRAINT orders_status_is_known
    CHECK (status IN ('PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'RETURNED')),
    CONSTRAINT orders_currency_is_iso CHECK (currency REGEXP '^[A-Z]{3}$'),
    CONSTRAINT orders_shipping_not_negative CHECK (shipping_amount >= 0),
    CONSTRAINT orders_tax_not_negative CHECK (tax_amount >= 0),
    CONSTRAINT orders_total_not_negative CHECK (total_amount >= 0),
    CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (customer_id),
    CONSTRAINT orders_address_of_customer FOREIGN KEY (address_id, customer_id)
    REFERENCES customer_addresses (address_id, customer_id),
    INDEX orders_ordered_at (ordered_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS order_items (
    order_item_id   BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id        BIGINT NOT NULL,
    line_number     INT NOT NULL,
    product_id      BIGINT NOT NULL,
    quantity        INT NOT NULL,
    unit_price      DECIMAL(12, 2) NOT NULL,
    discount_amount DECIMAL(12, 2) NOT NULL DEFAULT 0,
    line_total      DECIMAL(12, 2) AS (ROUND(quantity * unit_price - discount_amount, 2)) STORED,
    CONSTRAINT order_items_line_number_from_1 CHECK (line_number >= 1),
    CONSTRAINT order_items_quantity_positive CHECK (quantity > 0),
    CONSTRAINT order_items_unit_price_not_negative CHECK (unit_price >= 0),
    CONSTRAINT order_items_discount_not_negative CHECK (discount_amount >= 0),
    CONSTRAINT order_items_discount_within_line
    CHECK (discount_amount <= ABS(quantity * unit_price)),
    CONSTRAINT order_items_line_number_once UNIQUE (order_id, line_number),
    -- What a return's foreign key names, so that a line is returned to its own order.
    CONSTRAINT order_items_of_order UNIQUE (order_item_id, order_id),
    CONSTRAINT order_items_order FOREIGN KEY (order_id) REFERENCES orders (order_id),
    CONSTRAINT order_items_product FOREIGN KEY (product_id) REFERENCES products (product_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS order_events (
    order_event_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id       BIGINT NOT NULL,
    from_status    VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NULL,
    to_status      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    changed_at     TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    CONSTRAINT order_events_from_status_is_known
    CHECK (from_status IN ('PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'RETURNED')),
    CONSTRAINT order_events_to_status_is_known
    CHECK (to_status IN ('PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'RETURNED')),
    CONSTRAINT order_events_order FOREIGN KEY (order_id) REFERENCES orders (order_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS returns (
    return_id     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id      BIGINT NOT NULL,
    order_item_id BIGINT NOT NULL,
    quantity      INT NOT NULL,
    refund_amount DECIMAL(12, 2) NOT NULL,
    currency      CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'EUR',
    returned_at   TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    reason        VARCHAR(500) NOT NULL,
    CONSTRAINT returns_line_once UNIQUE (order_item_id),
    CONSTRAINT returns_quantity_positive CHECK (quantity > 0),
    CONSTRAINT returns_refund_not_negative CHECK (refund_amount >= 0),
    CONSTRAINT returns_currency_is_iso CHECK (currency REGEXP '^[A-Z]{3}$'),
    CONSTRAINT returns_reason_not_empty CHECK (reason <> ''),
    CONSTRAINT returns_line_of_order FOREIGN KEY (order_item_id, order_id)
    REFERENCES order_items (order_item_id, order_id),
    INDEX returns_order_id (order_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
