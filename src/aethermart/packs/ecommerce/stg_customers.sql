-- Grain: one customer of the shop.
SELECT
  customer_id,
  email,
  first_name,
  last_name,
  phone,
  created_at,
  updated_at,
  {{ provenance(shop, 'customers') }}
FROM {{ captured(shop, 'customers') }}
