-- Grain: one product. price: what its maker suggests; what was paid stands on the line.
SELECT
  "productCode" AS product_id,
  "productCode" AS sku,
  "productName" AS name,
  "productDescription" AS description,
  "productLine" AS category_id,
  "MSRP" AS price,
  {{ shop_currency(shop) }} AS currency,
  "quantityInStock" AS stock_quantity,
  CAST(NULL AS BOOLEAN) AS is_active,
  CAST(NULL AS TIMESTAMPTZ) AS created_at,
  CAST(NULL AS TIMESTAMPTZ) AS updated_at,
  {{ provenance(shop, 'products') }}
FROM {{ captured(shop, 'products') }}
