-- Grain: one category.
SELECT
  category_id,
  name,
  parent_id,
  {{ provenance(shop, 'categories') }}
FROM {{ captured(shop, 'categories') }}
