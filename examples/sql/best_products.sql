-- The ten products that bring most in each shop, by their present names.
WITH sold AS (
  SELECT
    shop,
    product_id,
    currency,
    SUM(quantity) AS quantity,
    SUM(revenue) AS revenue
  FROM gold.fct_sales
  GROUP BY shop, product_id, currency
),
ranked AS (
  SELECT
    sold.*,
    ROW_NUMBER() OVER (PARTITION BY shop ORDER BY revenue DESC, product_id) AS place
  FROM sold
)
SELECT
  r.shop,
  r.place,
  r.product_id,
  p.name,
  r.quantity,
  r.currency,
  r.revenue
FROM ranked AS r
LEFT JOIN gold.dim_product AS p
  ON p.shop = r.shop
  AND p.product_id = r.product_id
  AND p.is_current
WHERE r.place <= 10
ORDER BY r.shop, r.place
