-- Grain: one category of the shop.
SELECT
  category_id,
  name,
  parent_id,
  {{ provenance(shop, 'categories') }}
FROM {{ captured(shop, 'categories') }}
