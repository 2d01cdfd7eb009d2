-- Grain: one order that is PENDING. as_of: its shop's own present, up to which every commit is
-- counted. is_stuck: placed more than 24 hours before that.
SELECT
  o.shop,
  o.order_id,
  o.channel,
  o.country,
  o.ordered_at,
  o.ordered_on,
  o.currency,
  p.as_of,
  o.ordered_at < p.as_of - INTERVAL '24' HOUR AS is_stuck
FROM {{ kept_rows('v_fct_orders') }} AS o
INNER JOIN {{ shop_presents() }} AS p
  ON p.shop = o.shop
WHERE o.status = 'PENDING'
