-- Grain: one city of a shop and currency. Orders are those not cancelled; revenue is less refunds.
-- premium_share: premium orders (from 500.00 up) of all; NULL where there is no order, as where only
-- refunds are known of a city.
SELECT
  COALESCE(o.shop, s.shop) AS shop,
  COALESCE(o.country, s.country) AS country,
  COALESCE(o.city, s.city) AS city,
  COALESCE(o.currency, s.currency) AS currency,
  COALESCE(s.revenue, CAST(0 AS DECIMAL(18,2))) AS revenue,
  COALESCE(o.orders, 0) AS orders,
  COALESCE(o.customers, 0) AS customers,
  COALESCE(o.premium_orders, 0) AS premium_orders,
  COALESCE(o.orders, 0) - COALESCE(o.premium_orders, 0) AS standard_orders,
  COALESCE(o.premium_amount, CAST(0 AS DECIMAL(18,2))) AS premium_amount,
  {{ ratio('o.premium_orders', 'o.orders') }} AS premium_share,
  g.latitude,
  g.longitude
FROM (
  SELECT
    shop,
    {{ member('country') }} AS country,
    {{ member('city') }} AS city,
    currency,
    COUNT(*) AS orders,
    COUNT(DISTINCT customer_id) AS customers,
    COUNT(CASE WHEN segment = 'premium' THEN 1 END) AS premium_orders,
    CAST(SUM(CASE WHEN segment = 'premium' THEN order_amount ELSE 0 END) AS DECIMAL(18,2))
      AS premium_amount
  FROM {{ kept_rows('v_fct_orders') }}
  WHERE status IS DISTINCT FROM 'CANCELLED'
  GROUP BY
    shop,
    {{ member('country') }},
    {{ member('city') }},
    currency
) AS o
FULL JOIN (
  SELECT
    shop,
    {{ member('country') }} AS country,
    {{ member('city') }} AS city,
    currency,
    CAST(SUM(revenue) AS DECIMAL(18,2)) AS revenue
  FROM {{ kept_rows('v_fct_sales') }}
  GROUP BY
    shop,
    {{ member('country') }},
    {{ member('city') }},
    currency
) AS s
  ON s.shop = o.shop
  AND s.country = o.country
  AND s.city = o.city
  AND s.currency = o.currency
LEFT JOIN {{ ref('dim_geography') }} AS g
  ON g.shop = COALESCE(o.shop, s.shop)
  AND g.country = COALESCE(o.country, s.country)
  AND g.city = COALESCE(o.city, s.city)
