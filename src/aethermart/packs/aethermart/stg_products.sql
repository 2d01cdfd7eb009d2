-- Grain: one product of the store.
SELECT
  product_id,
  sku,
  name,
  description,
  category_id,
  price,
  currency,
  stock_quantity,
  is_active,
  created_at,
  updated_at,
  {{ provenance(shop, 'products') }}
FROM {{ captured(shop, 'products') }}
