-- What people do around buying: on the pages, in the app, in public, with the support.
-- Grain: clickstream_events one action of a visit; device_telemetry one measurement; social_posts
-- one post; support_chats one conversation.
-- Clicks and measurements only come in, in large numbers and before anyone has logged in: they have
-- no foreign keys, which would cost more than the rows themselves. Whoever reads them joins LEFT.

CREATE TABLE IF NOT EXISTS clickstream_events (
    event_id    BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    session_id  VARCHAR(100) COLLATE utf8mb4_nopad_bin NOT NULL,
    customer_id BIGINT NULL,
    event_type  VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    product_id  BIGINT NULL,
    order_id    BIGINT NULL,
    channel     VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    device      VARCHAR(50) NOT NULL,
    page        VARCHAR(500) NOT NULL,
    referrer    VARCHAR(2000) NULL,
    occurred_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    CONSTRAINT clickstream_events_session_not_empty CHECK (session_id <> ''),
    CONSTRAINT clickstream_events_type_is_known
    CHECK (
        event_type IN
        ('page_view', 'product_view', 'search', 'add_to_cart', 'checkout', 'purchase')
    ),
    CONSTRAINT clickstream_events_channel_is_known
    CHECK (channel IN ('web', 'mobile', 'popup', 'partner')),
    CONSTRAINT clickstream_events_purchase_has_its_order
    CHECK ((event_type = 'purchase') = (order_id IS NOT NULL))
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS device_telemetry (
    telemetry_id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    device_id    VARCHAR(100) COLLATE utf8mb4_nopad_bin NOT NULL,
    customer_id  BIGINT NULL,
    device_type  VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    os           VARCHAR(50) NOT NULL,
    app_version  VARCHAR(50) NOT NULL,
    metric       VARCHAR(100) NOT NULL,
    value        DECIMAL(18, 4) NOT NULL,
    recorded_at  TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    CONSTRAINT device_telemetry_device_not_empty CHECK (device_id <> ''),
    CONSTRAINT device_telemetry_type_is_known CHECK (device_type IN ('phone', 'tablet', 'kiosk')),
    CONSTRAINT device_telemetry_metric_not_empty CHECK (metric <> '')
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS social_posts (
    post_id    BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    platform   VARCHAR(50) NOT NULL,
    author     VARCHAR(200) NOT NULL,
    body       MEDIUMTEXT NOT NULL,
    product_id BIGINT NULL,
    likes      INT NOT NULL DEFAULT 0,
    posted_at  TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    CONSTRAINT social_posts_platform_not_empty CHECK (platform <> ''),
    CONSTRAINT social_posts_likes_not_negative CHECK (likes >= 0),
    CONSTRAINT social_posts_product FOREIGN KEY (product_id) REFERENCES products (product_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;

CREATE TABLE IF NOT EXISTS support_chats (
    chat_id       BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer_id   BIGINT NOT NULL,
    order_id      BIGINT NULL,
    channel       VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    topic         VARCHAR(200) NOT NULL,
    message_count INT NOT NULL,
    satisfaction  INT NULL,
    transcript    MEDIUMTEXT NOT NULL DEFAULT '',
    opened_at     TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    closed_at     TIMESTAMP(6) NULL,
    CONSTRAINT support_chats_channel_is_known
    CHECK (channel IN ('web', 'mobile', 'popup', 'partner')),
    CONSTRAINT support_chats_topic_not_empty CHECK (topic <> ''),
    CONSTRAINT support_chats_has_messages CHECK (message_count >= 1),
    CONSTRAINT support_chats_satisfaction_from_1_to_5 CHECK (satisfaction BETWEEN 1 AND 5),
    CONSTRAINT support_chats_close_after_they_open CHECK (closed_at >= opened_at),
    CONSTRAINT support_chats_customer FOREIGN KEY (customer_id) REFERENCES customers (customer_id),
    CONSTRAINT support_chats_order FOREIGN KEY (order_id) REFERENCES orders (order_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET = utf8mb4 COLLATE = utf8mb4_uca1400_ai_ci;
