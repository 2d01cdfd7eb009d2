-- Parameters: shop; keys, the rows wanted, NULL for all.
-- Grain: one review of the shop.
SELECT
  review_id AS key,
  title,
  body,
  rating,
  product_id AS product
FROM silver.reviews
WHERE shop = $shop
  AND ($keys::VARCHAR[] IS NULL OR review_id IN (SELECT unnest($keys::VARCHAR[])))
