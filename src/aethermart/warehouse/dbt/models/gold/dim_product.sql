-- Grain: one version of one product, from valid_from (included) to valid_to (excluded), and one
-- `unknown` a shop. What changes with each order (stock, updated_at) makes no version.
WITH versions AS (
{{ dimension_versions('products', 'product_id',
  ['sku', 'name', 'description', 'category_id', 'price', 'currency', 'is_active']) }}
)
SELECT
  shop,
  product_id,
  sku,
  name,
  description,
  {{ member('category_id') }} AS category_id,
  price,
  currency,
  is_active,
  valid_from,
  valid_to,
  is_current,
  covers_from
FROM versions
UNION ALL
SELECT
  shop,
  'unknown' AS product_id,
  {{ text_null() }} AS sku,
  'Unknown' AS name,
  {{ text_null() }} AS description,
  'unknown' AS category_id,
  CAST(NULL AS DECIMAL(18,4)) AS price,
  {{ text_null() }} AS currency,
  CAST(NULL AS BOOLEAN) AS is_active,
  {{ beginning_of_time() }} AS valid_from,
  CAST(NULL AS TIMESTAMPTZ) AS valid_to,
  TRUE AS is_current,
  {{ beginning_of_time() }} AS covers_from
FROM {{ ref('dim_shop') }}
