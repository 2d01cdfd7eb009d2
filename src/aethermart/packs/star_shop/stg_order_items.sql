-- Grain: one sale, as the only line of its order. unit_price: what was paid for one, not today's
-- price of the product.
SELECT
  sale_id AS line_id,
  sale_id AS order_id,
  1 AS line_number,
  product_id,
  quantity,
  CAST(total_amount / NULLIF(quantity, 0) AS DECIMAL(18,4)) AS unit_price,
  CAST(NULL AS DECIMAL(18,2)) AS discount_amount,
  {{ money('total_amount') }} AS line_total,
  {{ derived() }}
FROM {{ captured(shop, 'fact_sales') }}
