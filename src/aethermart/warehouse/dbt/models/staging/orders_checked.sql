-- Grain: one staged row of orders. _rule: the first rule it breaks, NULL where it is sound.
SELECT
  s.shop,
  {{- columns_of('orders', 's') }}
  s.ordered_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('order_id', ['currency', 'ordered_at']) }}
    {{ in_shops_life('ordered_at') }}
    WHEN s.total_amount < 0 THEN 'order_total_not_negative'
    WHEN s.status NOT IN ('PENDING', 'PAID', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'RETURNED')
      THEN 'order_status_known'
  END AS _rule
FROM {{ ref('staged_orders') }} AS s
{{ join_repeated('orders', 'order_id') }}
