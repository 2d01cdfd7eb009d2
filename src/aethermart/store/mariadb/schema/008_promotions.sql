-- Price cuts that last for a while.
-- Grain: one product in one campaign. ends_at is excluded.

CREATE TABLE IF NOT EXISTS promotions (
    promotion_id     BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    campaign         VARCHAR(200) COLLATE utf8mb4_nopad_bin NOT NULL,
    product_id       BIGINT NOT NULL,
    discount_percent DECIMAL(5, 2) NOT NULL,
    starts_at        TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    ends_at          TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    CONSTRAINT promotions_campaign_not_empty CHECK (campaign <> ''),
    CONSTRAINT promotions_discount_from_0_to_100 CHECK (discount_percent BETWEEN 0 AND 100),
    CONSTRAINT promotions_end_after_their_start CHECK (ends_at > starts_at),
    CONSTRAINT promotions_once UNIQUE (campaign, product_id),
    CONSTRAINT promotions_product FOREIGN KEY (product_id) REFERENCES products (product_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
