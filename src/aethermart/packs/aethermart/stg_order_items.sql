-- Grain: one order line. line_total is the store's own, rounded there to the minor unit.
SELECT
  order_item_id AS line_id,
  order_id,
  line_number,
  product_id,
  quantity,
  unit_price,
  discount_amount,
  line_total,
  {{ provenance(shop, 'order_items') }}
FROM {{ captured(shop, 'order_items') }}
