-- Grain: one staged row of order_items. _rule: the first rule it breaks, NULL where it is sound.
-- currency is the order's; a line without an order has its shop's.
SELECT
  s.shop,
  {{- columns_of('order_items', 's') }}
  COALESCE(o.currency, {{ currency_of_shop('s.shop') }}) AS currency,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('line_id', ['order_id', 'quantity', 'unit_price', 'line_total']) }}
    WHEN q.order_id IS NOT NULL THEN 'order_quarantined'
    WHEN o.order_id IS NULL THEN 'order_missing'
  END AS _rule
FROM {{ ref('staged_order_items') }} AS s
{{ join_repeated('order_items', 'line_id') }}
LEFT JOIN {{ ref('orders') }} AS o
  ON o.shop = s.shop
  AND o.order_id = s.order_id
LEFT JOIN {{ ref('orders_quarantined') }} AS q
  ON q.shop = s.shop
  AND q.order_id = s.order_id
