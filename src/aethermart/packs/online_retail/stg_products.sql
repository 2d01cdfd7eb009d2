-- Grain: one stock code that occurs on a line; its name is the newest description that is not
-- blank. Prices vary by line, so the product has none.
SELECT
  StockCode AS product_id,
  StockCode AS sku,
  MAX_BY(NULLIF(Description, ''), line_number) FILTER (WHERE Description <> '') AS name,
  CAST(NULL AS VARCHAR) AS description,
  CAST(NULL AS VARCHAR) AS category_id,
  CAST(NULL AS DECIMAL(18,4)) AS price,
  {{ shop_currency(shop) }} AS currency,
  CAST(NULL AS BIGINT) AS stock_quantity,
  CAST(NULL AS BOOLEAN) AS is_active,
  CAST(NULL AS TIMESTAMPTZ) AS created_at,
  CAST(NULL AS TIMESTAMPTZ) AS updated_at,
  {{ derived() }}
FROM {{ captured(shop, 'lines') }}
WHERE StockCode <> ''
GROUP BY StockCode
