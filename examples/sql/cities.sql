-- Where the buyers are: orders, premium share and revenue of each city that has revenue.
SELECT
  shop,
  country,
  city,
  currency,
  orders,
  premium_orders,
  revenue
FROM gold.mart_city_performance
WHERE revenue > 0
ORDER BY shop, revenue DESC, city
LIMIT 20
