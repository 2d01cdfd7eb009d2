-- Grain: one order that breaks no rule.
-- items: its kept lines; total: their line totals, before refunds, without tax and shipping.
-- order_amount: what the order cost as the shop recorded it, with tax and shipping, else total.
-- segment: premium from 500.00 up, else standard.
-- Nulls: status where the shop records none. Kept as gold.fct_orders by order_id.
SELECT
  o.shop,
  o.order_id,
  o.customer_id,
  o.ordered_at,
  o.ordered_on,
  o.status,
  o.channel,
  COALESCE(o.country, a.country) AS country,
  COALESCE(o.city, a.city) AS city,
  o.currency,
  COALESCE(i.items, 0) AS items,
  COALESCE(i.total, CAST(0 AS DECIMAL(18,2))) AS total,
  COALESCE(o.total_amount, i.total, CAST(0 AS DECIMAL(18,2))) AS order_amount,
  CASE
    WHEN COALESCE(o.total_amount, i.total, 0) >= 500 THEN 'premium'
    ELSE 'standard'
  END AS segment
FROM {{ ref('orders') }} AS o
LEFT JOIN {{ ref('address_places') }} AS a
  ON a.shop = o.shop
  AND a.address_id = o.address_id
LEFT JOIN (
  SELECT
    shop,
    order_id,
    COUNT(*) AS items,
    CAST(SUM(line_total) AS DECIMAL(18,2)) AS total
  FROM {{ ref('order_items') }}
  GROUP BY
    shop,
    order_id
) AS i
  ON i.shop = o.shop
  AND i.order_id = o.order_id
