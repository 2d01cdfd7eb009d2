-- Grain: one staged row of customers. _rule: the first rule it breaks, NULL where it is sound.
SELECT
  s.shop,
  {{- columns_of('customers', 's') }}
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  s._country,
  CASE
    {{ common_rules('customer_id', []) }}
  END AS _rule
FROM {{ ref('staged_customers') }} AS s
{{ join_repeated('customers', 'customer_id') }}
