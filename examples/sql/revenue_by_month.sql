-- Revenue, sold lines and refunds of each shop by month of the order (a refund: of the return).
-- One row a shop, month and currency.
SELECT
  shop,
  CAST(date_trunc('month', ordered_on) AS DATE) AS month,
  currency,
  COUNT(DISTINCT order_id) AS orders,
  SUM(CASE WHEN line_kind = 'refund' THEN 1 ELSE 0 END) AS refunds,
  SUM(revenue) AS revenue
FROM gold.fct_sales
GROUP BY shop, CAST(date_trunc('month', ordered_on) AS DATE), currency
ORDER BY shop, month, currency
