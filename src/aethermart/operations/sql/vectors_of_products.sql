-- Parameters: shop; keys, the rows wanted, NULL for all.
-- Grain: one product of the shop. Nulls: category and rating where it has none, stock_quantity where
-- it is not counted.
SELECT
  p.product_id AS key,
  p.name,
  p.description,
  c.name AS category,
  p.price,
  p.stock_quantity,
  p.is_active,
  r.rating
FROM silver.products AS p
LEFT JOIN silver.categories AS c
  ON c.shop = p.shop
  AND c.category_id = p.category_id
LEFT JOIN (
  SELECT
    product_id,
    AVG(rating) AS rating
  FROM silver.reviews
  WHERE shop = $shop
  GROUP BY product_id
) AS r
  ON r.product_id = p.product_id
WHERE p.shop = $shop
  AND ($keys::VARCHAR[] IS NULL OR p.product_id IN (SELECT unnest($keys::VARCHAR[])))
