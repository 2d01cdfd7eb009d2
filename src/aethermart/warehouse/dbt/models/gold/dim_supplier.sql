-- Grain: one supplier of a shop, and one `unknown` a shop.
-- products: how many it supplies first; lead_time_days: the mean of all it supplies.
SELECT
  s.shop,
  s.supplier_id,
  s.name,
  s.country,
  CAST(COALESCE(p.products, 0) AS BIGINT) AS products,
  p.lead_time_days
FROM {{ ref('suppliers') }} AS s
LEFT JOIN (
  SELECT
    shop,
    supplier_id,
    SUM(CASE WHEN is_primary THEN CAST(1 AS BIGINT) ELSE 0 END) AS products,
    CAST(AVG(lead_time_days) AS DECIMAL(18,2)) AS lead_time_days
  FROM {{ ref('product_suppliers') }}
  GROUP BY
    shop,
    supplier_id
) AS p
  ON p.shop = s.shop
  AND p.supplier_id = s.supplier_id
UNION ALL
SELECT
  shop,
  'unknown' AS supplier_id,
  'Unknown' AS name,
  {{ text_null() }} AS country,
  CAST(0 AS BIGINT) AS products,
  CAST(NULL AS DECIMAL(18,2)) AS lead_time_days
FROM {{ ref('dim_shop') }}
