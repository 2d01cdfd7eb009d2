-- Grain: one product whose first supplier's cost is known.
SELECT
  shop,
  product_id,
  MIN(supplier_id) AS supplier_id,
  MIN(unit_cost) AS unit_cost,
  MIN(currency) AS currency
FROM {{ ref('product_suppliers') }}
WHERE is_primary
  AND unit_cost IS NOT NULL
GROUP BY
  shop,
  product_id
HAVING COUNT(*) = 1
