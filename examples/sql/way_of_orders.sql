-- How long orders stayed in each status before the next, in whole hours, and how many moved where.
WITH moves AS (
  SELECT
    shop,
    to_status,
    LEAD(to_status) OVER (PARTITION BY shop, order_id ORDER BY changed_at, change_id) AS next_status,
    hours_in_status
  FROM gold.fct_order_status
)
SELECT
  shop,
  to_status,
  next_status,
  COUNT(*) AS orders,
  CAST(FLOOR(MAX(hours_in_status)) AS BIGINT) AS most_hours
FROM moves
WHERE next_status IS NOT NULL
GROUP BY shop, to_status, next_status
ORDER BY shop, to_status, next_status
