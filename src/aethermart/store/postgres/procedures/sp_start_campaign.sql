-- Begin a campaign: a price cut of some products, from now on for so many seconds.
-- Grain: one row a product; returns how many.
-- Errors: check: a discount beyond 0 to 100, no duration; foreign key: a product that is not there;
--         unique: a campaign of that name was there before.
CREATE OR REPLACE FUNCTION sp_start_campaign(
    p_campaign text,
    p_products bigint [],
    p_discount_percent numeric,
    p_seconds numeric
) RETURNS bigint
LANGUAGE sql
AS $$
    WITH started AS (
        INSERT INTO promotions (campaign, product_id, discount_percent, starts_at, ends_at)
        SELECT
            p_campaign,
            p.product_id,
            p_discount_percent,
            now(),
            now() + p_seconds * interval '1 second'
        FROM unnest(p_products) AS p (product_id)
        RETURNING promotion_id
    )
    SELECT count(*) FROM started
$$;
