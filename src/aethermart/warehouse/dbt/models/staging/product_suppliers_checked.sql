-- Grain: one staged row of product_suppliers. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('product_suppliers', 's') }}
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('product_supplier_id', ['product_id', 'supplier_id']) }}
    WHEN s.unit_cost < 0 THEN 'unit_cost_not_negative'
    WHEN s.lead_time_days < 0 THEN 'lead_time_not_negative'
  END AS _rule
FROM {{ ref('staged_product_suppliers') }} AS s
{{ join_repeated('product_suppliers', 'product_supplier_id') }}
