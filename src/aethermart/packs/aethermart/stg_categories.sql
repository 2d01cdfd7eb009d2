-- Grain: one category of the store.
SELECT
  category_id,
  name,
  parent_id,
  {{ provenance(shop, 'categories') }}
FROM {{ captured(shop, 'categories') }}
