-- Grain: one product, known by its number alone.
SELECT
  product_id,
  product_id AS sku,
  name,
  CAST(NULL AS VARCHAR) AS description,
  NULLIF(category, '') AS category_id,
  price,
  {{ shop_currency(shop) }} AS currency,
  CAST(NULL AS BIGINT) AS stock_quantity,
  CAST(NULL AS BOOLEAN) AS is_active,
  CAST(NULL AS TIMESTAMPTZ) AS created_at,
  updated_at,
  {{ provenance(shop, 'dim_products') }}
FROM {{ captured(shop, 'dim_products') }}
