-- Customers by how many orders they placed that were not cancelled.
WITH bought AS (
  SELECT
    shop,
    customer_id,
    COUNT(*) AS orders,
    MIN(ordered_on) AS first_on,
    MAX(ordered_on) AS last_on
  FROM gold.fct_orders
  WHERE status <> 'CANCELLED'
    AND customer_id IS NOT NULL
  GROUP BY shop, customer_id
)
SELECT
  shop,
  CASE WHEN orders >= 5 THEN '5 or more' ELSE CAST(orders AS VARCHAR(20)) END AS orders_placed,
  COUNT(*) AS customers,
  MIN(first_on) AS first_on,
  MAX(last_on) AS last_on
FROM bought
GROUP BY shop, CASE WHEN orders >= 5 THEN '5 or more' ELSE CAST(orders AS VARCHAR(20)) END
ORDER BY shop, orders_placed
