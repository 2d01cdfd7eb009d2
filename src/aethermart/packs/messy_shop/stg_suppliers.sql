-- Grain: one supplier.
SELECT
  supplier_id,
  name,
  country,
  email,
  created_at,
  {{ provenance(shop, 'suppliers') }}
FROM {{ captured(shop, 'suppliers') }}
