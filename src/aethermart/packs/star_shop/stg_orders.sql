-- Grain: one sale, as an order. The city is the user's: the address has it. line_quantity is for
-- the pack's own rule.
SELECT
  sale_id AS order_id,
  user_id AS customer_id,
  user_id AS address_id,
  CAST(NULL AS VARCHAR) AS channel,
  UPPER(status) AS status,
  {{ shop_currency(shop) }} AS currency,
  CAST(NULL AS VARCHAR) AS country,
  CAST(NULL AS VARCHAR) AS city,
  created_at AS ordered_at,
  updated_at,
  CAST(NULL AS DECIMAL(18,2)) AS shipping_amount,
  CAST(NULL AS DECIMAL(18,2)) AS tax_amount,
  total_amount,
  quantity AS line_quantity,
  {{ provenance(shop, 'fact_sales') }}
FROM {{ captured(shop, 'fact_sales') }}
