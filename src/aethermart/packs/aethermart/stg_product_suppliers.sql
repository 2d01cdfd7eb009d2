-- Grain: one product that one supplier gives.
SELECT
  product_supplier_id,
  product_id,
  supplier_id,
  unit_cost,
  currency,
  lead_time_days,
  is_primary,
  {{ provenance(shop, 'product_suppliers') }}
FROM {{ captured(shop, 'product_suppliers') }}
