-- Grain: one customer, perhaps a second time.
SELECT
  customer_id,
  email,
  first_name,
  last_name,
  phone,
  created_at,
  CAST(NULL AS TIMESTAMPTZ) AS updated_at,
  {{ provenance(shop, 'customers') }}
FROM {{ captured(shop, 'customers') }}
