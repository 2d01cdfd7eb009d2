-- Grain: one product line.
SELECT
  "productLine" AS category_id,
  "productLine" AS name,
  CAST(NULL AS VARCHAR) AS parent_id,
  {{ provenance(shop, 'productlines') }}
FROM {{ captured(shop, 'productlines') }}
