-- Grain: one order. Another status than these keeps its own word and is quarantined.
SELECT
  order_id,
  customer_id,
  customer_id AS address_id,
  CAST(NULL AS VARCHAR) AS channel,
  CASE LOWER(status)
    WHEN 'pending' THEN 'PENDING'
    WHEN 'paid' THEN 'PAID'
    WHEN 'processing' THEN 'PAID'
    WHEN 'shipped' THEN 'SHIPPED'
    WHEN 'delivered' THEN 'DELIVERED'
    WHEN 'cancelled' THEN 'CANCELLED'
    WHEN 'refunded' THEN 'RETURNED'
    ELSE status
  END AS status,
  currency,
  CAST(NULL AS VARCHAR) AS country,
  CAST(NULL AS VARCHAR) AS city,
  created_at AS ordered_at,
  updated_at,
  shipping_amount,
  tax_amount,
  total_amount,
  {{ provenance(shop, 'orders') }}
FROM {{ captured(shop, 'orders') }}
