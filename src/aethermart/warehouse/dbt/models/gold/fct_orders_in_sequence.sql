-- Grain: one order, with its place among its customer's orders that were not cancelled.
-- order_number: 1 for the customer's first; NULL for a cancelled order, or one of nobody known.
-- customer_segment: of the customer at that moment: new, returning from the second, loyal from the
-- fifth order on.
SELECT
  o.shop,
  o.order_id,
  o.customer_id,
  o.ordered_at,
  o.ordered_on,
  o.status,
  o.channel,
  o.country,
  o.city,
  o.currency,
  o.items,
  o.total,
  o.order_amount,
  o.segment,
  n.order_number,
  CASE
    WHEN n.order_number = 1 THEN 'new'
    WHEN n.order_number < 5 THEN 'returning'
    WHEN n.order_number >= 5 THEN 'loyal'
    ELSE 'unknown'
  END AS customer_segment
FROM {{ kept_rows('v_fct_orders') }} AS o
LEFT JOIN (
  SELECT
    shop,
    order_id,
    ROW_NUMBER() OVER (PARTITION BY shop, customer_id ORDER BY ordered_at, order_id)
      AS order_number
  FROM {{ kept_rows('v_fct_orders') }}
  WHERE customer_id IS NOT NULL
    AND status IS DISTINCT FROM 'CANCELLED'
) AS n
  ON n.shop = o.shop
  AND n.order_id = o.order_id
