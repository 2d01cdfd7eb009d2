-- Grain: one category that a product names.
SELECT DISTINCT
  category AS category_id,
  category AS name,
  CAST(NULL AS VARCHAR) AS parent_id,
  {{ derived() }}
FROM {{ captured(shop, 'dim_products') }}
WHERE category <> ''
