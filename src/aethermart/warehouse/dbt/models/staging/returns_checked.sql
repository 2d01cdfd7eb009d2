-- Grain: one staged row of returns. _rule: the first rule it breaks, NULL where it is sound.
-- A return that names no order (a credit note) is sound; one that names a missing order is not.
SELECT
  s.shop,
  {{- columns_of('returns', 's') }}
  s.returned_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('return_id',
      ['document_number', 'quantity', 'refund_amount', 'currency', 'returned_at']) }}
    {{ in_shops_life('returned_at') }}
    WHEN s.refund_amount < 0 THEN 'refund_not_negative'
    WHEN q.order_id IS NOT NULL THEN 'order_quarantined'
    WHEN s.order_id IS NOT NULL AND o.order_id IS NULL THEN 'order_missing'
  END AS _rule
FROM {{ ref('staged_returns') }} AS s
{{ join_repeated('returns', 'return_id') }}
LEFT JOIN {{ ref('orders') }} AS o
  ON o.shop = s.shop
  AND o.order_id = s.order_id
LEFT JOIN {{ ref('orders_quarantined') }} AS q
  ON q.shop = s.shop
  AND q.order_id = s.order_id
