-- Grain: one movement of stock; order_id is NULL where no order caused it.
SELECT
  movement_id,
  product_id,
  quantity_change,
  reason,
  order_id,
  moved_at,
  {{ provenance(shop, 'inventory_movements') }}
FROM {{ captured(shop, 'inventory_movements') }}
