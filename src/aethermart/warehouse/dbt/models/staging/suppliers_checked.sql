-- Grain: one staged row of suppliers. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('suppliers', 's') }}
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('supplier_id', ['name']) }}
  END AS _rule
FROM {{ ref('staged_suppliers') }} AS s
{{ join_repeated('suppliers', 'supplier_id') }}
