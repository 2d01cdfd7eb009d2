-- Begin a campaign: a price cut of some products, from now on for so many seconds.
-- p_products  JSON array of product ids.
-- Grain: one row a product; answers with how many.
-- Errors: check: a discount beyond 0 to 100, no duration; foreign key: a product that is not there;
--         unique: a campaign of that name was there before.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_start_campaign(
    IN p_campaign LONGTEXT CHARACTER SET utf8mb4,
    IN p_products LONGTEXT CHARACTER SET utf8mb4,
    IN p_discount_percent DECIMAL(30, 6),
    IN p_seconds DECIMAL(30, 6)
)
MODIFIES SQL DATA
BEGIN
    INSERT INTO promotions (campaign, product_id, discount_percent, starts_at, ends_at)
    SELECT
        p_campaign,
        p.product_id,
        p_discount_percent,
        CURRENT_TIMESTAMP(6),
        CURRENT_TIMESTAMP(6) + INTERVAL p_seconds SECOND
    FROM JSON_TABLE(
        p_products, '$[*]' COLUMNS (product_id LONGTEXT PATH '$' ERROR ON ERROR)
    ) AS p;
    SELECT ROW_COUNT() AS started;
END //
DELIMITER ;
