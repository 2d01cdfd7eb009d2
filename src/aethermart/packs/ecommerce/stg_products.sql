-- Grain: one product of the shop.
SELECT
  product_id,
  sku,
  name,
  description,
  category_id,
  price,
  {{ shop_currency(shop) }} AS currency,
  stock_quantity,
  is_active,
  CAST(NULL AS TIMESTAMPTZ) AS created_at,
  updated_at,
  {{ provenance(shop, 'products') }}
FROM {{ captured(shop, 'products') }}
