-- Grain: one customer of a shop and currency: one row in the shop's currency where they never
-- bought. Orders are those not cancelled; revenue is less refunds.
SELECT
  c.shop,
  c.customer_id,
  c.email,
  c.first_name,
  c.last_name,
  COALESCE(o.currency, {{ currency_of_shop('c.shop') }}) AS currency,
  COALESCE(o.orders, 0) AS orders,
  CAST(COALESCE(s.revenue, 0) AS DECIMAL(18,2)) AS revenue,
  {{ money('s.revenue / NULLIF(CAST(o.orders AS DECIMAL(18,2)), 0)') }} AS average_order_value,
  o.first_order_on,
  o.last_order_on,
  CASE
    WHEN o.orders IS NULL THEN 'none'
    WHEN o.orders = 1 THEN 'new'
    WHEN o.orders < 5 THEN 'returning'
    ELSE 'loyal'
  END AS customer_segment,
  COALESCE(r.returned_lines, 0) AS returned_lines,
  COALESCE(v.reviews, 0) AS reviews,
  v.average_rating,
  COALESCE(t.visits, 0) AS visits,
  COALESCE(h.chats, 0) AS chats,
  COALESCE(f.failed_payments, 0) AS failed_payments
FROM {{ ref('customers') }} AS c
LEFT JOIN (
  SELECT
    shop,
    customer_id,
    currency,
    COUNT(*) AS orders,
    MIN(ordered_on) AS first_order_on,
    MAX(ordered_on) AS last_order_on
  FROM {{ kept_rows('v_fct_orders') }}
  WHERE status IS DISTINCT FROM 'CANCELLED'
  GROUP BY
    shop,
    customer_id,
    currency
) AS o
  ON o.shop = c.shop
  AND o.customer_id = c.customer_id
LEFT JOIN (
  SELECT
    shop,
    customer_id,
    currency,
    SUM(revenue) AS revenue
  FROM {{ kept_rows('v_fct_sales') }}
  GROUP BY
    shop,
    customer_id,
    currency
) AS s
  ON s.shop = c.shop
  AND s.customer_id = c.customer_id
  AND s.currency = COALESCE(o.currency, {{ currency_of_shop('c.shop') }})
LEFT JOIN {{ rows_by(ref('fct_returns'), 'customer_member', 'returned_lines') }} AS r
  ON r.shop = c.shop
  AND r.customer_member = c.customer_id
LEFT JOIN {{ reviews_by('customer_id') }} AS v
  ON v.shop = c.shop
  AND v.customer_id = c.customer_id
LEFT JOIN {{ rows_by(ref('fct_sessions'), 'customer_member', 'visits') }} AS t
  ON t.shop = c.shop
  AND t.customer_member = c.customer_id
LEFT JOIN {{ rows_by(ref('support_chats'), 'customer_id', 'chats') }} AS h
  ON h.shop = c.shop
  AND h.customer_id = c.customer_id
LEFT JOIN (
  SELECT
    b.shop,
    b.customer_id,
    COUNT(*) AS failed_payments
  FROM {{ ref('payments') }} AS p
  INNER JOIN {{ kept_rows('v_fct_orders') }} AS b
    ON b.shop = p.shop
    AND b.order_id = p.order_id
  WHERE p.status = 'FAILED'
  GROUP BY
    b.shop,
    b.customer_id
) AS f
  ON f.shop = c.shop
  AND f.customer_id = c.customer_id
