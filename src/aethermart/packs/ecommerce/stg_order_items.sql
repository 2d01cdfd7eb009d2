-- Grain: one order line, without tax.
SELECT
  order_item_id AS line_id,
  order_id,
  CAST(NULL AS BIGINT) AS line_number,
  product_id,
  quantity,
  unit_price,
  discount_amount,
  {{ money('quantity * unit_price - discount_amount') }} AS line_total,
  {{ provenance(shop, 'order_items') }}
FROM {{ captured(shop, 'order_items') }}
