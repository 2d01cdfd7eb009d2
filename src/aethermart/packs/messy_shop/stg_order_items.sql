-- Grain: one order line.
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
