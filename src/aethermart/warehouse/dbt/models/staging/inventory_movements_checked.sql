-- Grain: one staged row of inventory_movements. _rule: the first rule it breaks, NULL where it is sound.
SELECT
  s.shop,
  {{- columns_of('inventory_movements', 's') }}
  s.moved_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('movement_id', ['product_id', 'quantity_change', 'moved_at']) }}
  END AS _rule
FROM {{ ref('staged_inventory_movements') }} AS s
{{ join_repeated('inventory_movements', 'movement_id') }}
