-- Grain: one staged row of order_status_changes. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('order_status_changes', 's') }}
  s.changed_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('change_id', ['order_id', 'to_status', 'changed_at']) }}
    {{ in_shops_life('changed_at') }}
    WHEN q.order_id IS NOT NULL THEN 'order_quarantined'
    WHEN o.order_id IS NULL THEN 'order_missing'
  END AS _rule
FROM {{ ref('staged_order_status_changes') }} AS s
{{ join_repeated('order_status_changes', 'change_id') }}
LEFT JOIN {{ ref('orders') }} AS o
  ON o.shop = s.shop
  AND o.order_id = s.order_id
LEFT JOIN {{ ref('orders_quarantined') }} AS q
  ON q.shop = s.shop
  AND q.order_id = s.order_id
