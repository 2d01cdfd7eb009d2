-- What customers say of what they bought.
-- Grain: one customer's review of one product of one order.

CREATE TABLE IF NOT EXISTS reviews (
    review_id   BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    product_id  BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    order_id    BIGINT NULL,
    rating      INT NOT NULL,
    title       VARCHAR(500) NOT NULL,
    body        MEDIUMTEXT NOT NULL DEFAULT '',
    reviewed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    CONSTRAINT reviews_rating_from_1_to_5 CHECK (rating BETWEEN 1 AND 5),
    CONSTRAINT reviews_once UNIQUE (order_id, product_id),
    CONSTRAINT reviews_product FOREIGN KEY (product_id) REFERENCES products (product_id),
    CONSTRAINT reviews_customer FOREIGN KEY (customer_id) REFERENCES customers (customer_id),
    CONSTRAINT reviews_order FOREIGN KEY (order_id) REFERENCES orders (order_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
