-- Grain: one vendor that a product names.
SELECT DISTINCT
  "productVendor" AS supplier_id,
  "productVendor" AS name,
  CAST(NULL AS VARCHAR) AS country,
  CAST(NULL AS VARCHAR) AS email,
  CAST(NULL AS TIMESTAMPTZ) AS created_at,
  {{ derived() }}
FROM {{ captured(shop, 'products') }}
WHERE "productVendor" <> ''
