-- Begin a campaign: a price cut of some products, from now on for so many seconds.
-- p_products  JSON array of product ids.
-- Grain: one row a product; returns how many.
-- Errors: check: a discount beyond 0 to 100, no duration; foreign key: a product that is not there;
--         unique: a campaign of that name was there before.
DROP FUNCTION IF EXISTS sp_start_campaign(text, bigint [], numeric, numeric);  -- before 0.2
CREATE OR REPLACE FUNCTION sp_start_campaign(
    p_campaign text,
    p_products jsonb,
    p_discount_percent numeric,
    p_seconds numeric
) RETURNS bigint
LANGUAGE sql
AS $$
    WITH started AS (
        INSERT INTO promotions (campaign, product_id, discount_percent, starts_at, ends_at)
        SELECT
            p_campaign,
            p.product_id::bigint,
            p_discount_percent,
            now(),
            now() + p_seconds * interval '1 second'
        FROM jsonb_array_elements_text(p_products) AS p (product_id)
        RETURNING promotion_id
    )
    SELECT count(*) FROM started
$$;
