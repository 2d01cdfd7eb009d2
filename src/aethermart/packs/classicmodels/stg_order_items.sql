-- Grain: one product of an order, which the shop keys by both.
SELECT
  {{ key_text(['orderNumber', 'productCode'], '') }} AS line_id,
  "orderNumber" AS order_id,
  "orderLineNumber" AS line_number,
  "productCode" AS product_id,
  "quantityOrdered" AS quantity,
  "priceEach" AS unit_price,
  CAST(0 AS DECIMAL(18,2)) AS discount_amount,
  {{ money('"quantityOrdered" * "priceEach"') }} AS line_total,
  {{ provenance(shop, 'orderdetails') }}
FROM {{ captured(shop, 'orderdetails') }}
