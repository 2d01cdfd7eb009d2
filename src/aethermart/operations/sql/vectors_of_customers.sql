-- Parameters: shop; keys, the rows wanted, NULL for all.
-- Grain: one customer of the shop who bought something. No column names or places a person.
-- products: those bought last, newest first, twenty at the most; categories: those bought most
-- often, eight at the most.
WITH bought AS (
  SELECT
    f.customer_id,
    f.product_id,
    p.name AS product,
    c.name AS category,
    MAX(f.ordered_at) AS last_at,
    COUNT(*) AS times
  FROM gold.fct_sales AS f
  INNER JOIN silver.products AS p
    ON p.shop = f.shop
    AND p.product_id = f.product_id
  LEFT JOIN silver.categories AS c
    ON c.shop = p.shop
    AND c.category_id = p.category_id
  WHERE f.shop = $shop
    AND ($keys::VARCHAR[] IS NULL OR f.customer_id IN (SELECT unnest($keys::VARCHAR[])))
    AND f.line_kind = 'sale'
    AND f.order_status IS DISTINCT FROM 'CANCELLED'
  GROUP BY f.customer_id, f.product_id, p.name, c.name
),
by_category AS (
  SELECT
    customer_id,
    category,
    SUM(times) AS times
  FROM bought
  WHERE category IS NOT NULL
  GROUP BY customer_id, category
),
favourites AS (
  SELECT
    customer_id,
    LIST(category ORDER BY times DESC, category)[:8] AS categories
  FROM by_category
  GROUP BY customer_id
),
newest AS (
  SELECT
    customer_id,
    LIST(product ORDER BY last_at DESC, product_id)[:20] AS products
  FROM bought
  GROUP BY customer_id
)
SELECT
  s.customer_id AS key,
  f.categories,
  n.products
FROM silver.customers AS s
INNER JOIN newest AS n
  ON n.customer_id = s.customer_id
LEFT JOIN favourites AS f
  ON f.customer_id = s.customer_id
WHERE s.shop = $shop
