-- Grain: one refund of an order line, without tax; product, price and currency are the sale's.
SELECT
  r.return_id,
  r.order_id AS document_number,
  r.order_id,
  r.order_item_id AS line_id,
  i.product_id,
  CAST(NULL AS VARCHAR) AS customer_id,
  CAST(NULL AS VARCHAR) AS channel,
  CAST(NULL AS VARCHAR) AS country,
  r.quantity,
  i.unit_price,
  r.refund_amount,
  o.currency,
  r.reason,
  r.returned_at,
  {{ provenance(shop, 'returns', 'r') }}
FROM {{ captured(shop, 'returns') }} AS r
LEFT JOIN {{ captured(shop, 'order_items') }} AS i
  ON i.order_item_id = r.order_item_id
LEFT JOIN {{ captured(shop, 'orders') }} AS o
  ON o.order_id = r.order_id
