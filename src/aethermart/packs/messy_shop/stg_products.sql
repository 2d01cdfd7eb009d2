-- Grain: one product. The currency stands in the text of its price, if anywhere.
SELECT
  product_id,
  sku,
  name,
  CAST(NULL AS VARCHAR) AS description,
  category_id,
  price,
  price AS currency,
  CAST(NULL AS BIGINT) AS stock_quantity,
  CAST(NULL AS BOOLEAN) AS is_active,
  created_at,
  CAST(NULL AS TIMESTAMPTZ) AS updated_at,
  {{ provenance(shop, 'products') }}
FROM {{ captured(shop, 'products') }}
