-- What was taken and given back by each way of paying, a quarter at a time.
SELECT
  f.shop,
  d.year,
  d.quarter,
  f.method,
  f.currency,
  SUM(CASE WHEN f.status = 'FAILED' THEN 1 ELSE 0 END) AS failed,
  SUM(f.net_amount) AS net_amount
FROM gold.fct_payments AS f
INNER JOIN gold.dim_date AS d
  ON d.date_day = f.paid_on
GROUP BY f.shop, d.year, d.quarter, f.method, f.currency
ORDER BY f.shop, d.year, d.quarter, f.method, f.currency
