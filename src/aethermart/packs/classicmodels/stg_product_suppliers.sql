-- Grain: one product, which has one vendor; unit_cost: what the shop pays for it today.
SELECT
  "productCode" AS product_supplier_id,
  "productCode" AS product_id,
  "productVendor" AS supplier_id,
  "buyPrice" AS unit_cost,
  {{ shop_currency(shop) }} AS currency,
  CAST(NULL AS BIGINT) AS lead_time_days,
  TRUE AS is_primary,
  {{ derived() }}
FROM {{ captured(shop, 'products') }}
WHERE "productVendor" <> ''
