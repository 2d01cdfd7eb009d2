-- Grain: one order. country and city are NULL here: its address has them.
SELECT
  order_id,
  customer_id,
  address_id,
  channel,
  status,
  currency,
  CAST(NULL AS VARCHAR) AS country,
  CAST(NULL AS VARCHAR) AS city,
  ordered_at,
  CAST(NULL AS TIMESTAMPTZ) AS updated_at,
  shipping_amount,
  tax_amount,
  total_amount,
  {{ provenance(shop, 'orders') }}
FROM {{ captured(shop, 'orders') }}
