-- Money asked for, received and paid back.
-- Grain: one attempt to pay, or one repayment. CAPTURED: received; FAILED: refused by the provider;
-- REFUNDED: paid back. Amounts are never negative, in the order's currency, with tax and shipping.

CREATE TABLE IF NOT EXISTS payments (
    payment_id  BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_id    BIGINT NOT NULL,
    method      VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    status      VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    amount      DECIMAL(12, 2) NOT NULL,
    currency    CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'EUR',
    paid_at     TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    -- The order where the money came in, else null: what the unique key counts.
    captured_of BIGINT AS (IF(status = 'CAPTURED', order_id, NULL)) VIRTUAL,
    CONSTRAINT payments_method_is_known
    CHECK (method IN ('card', 'paypal', 'bank_transfer', 'invoice')),
    CONSTRAINT payments_status_is_known CHECK (status IN ('CAPTURED', 'FAILED', 'REFUNDED')),
    CONSTRAINT payments_amount_not_negative CHECK (amount >= 0),
    CONSTRAINT payments_currency_is_iso CHECK (currency REGEXP '^[A-Z]{3}$'),
    -- An order is paid once.
    CONSTRAINT payments_captured_once UNIQUE (captured_of),
    CONSTRAINT payments_order FOREIGN KEY (order_id) REFERENCES orders (order_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
