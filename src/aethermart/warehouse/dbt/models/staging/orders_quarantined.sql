-- Grain: one order key that names a quarantined order: what belongs to it is quarantined too.
SELECT DISTINCT
  shop,
  order_id
FROM {{ ref('orders_checked') }}
WHERE _rule IS NOT NULL
  AND order_id IS NOT NULL
