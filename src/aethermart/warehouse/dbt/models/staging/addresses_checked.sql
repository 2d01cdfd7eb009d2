-- Grain: one staged row of addresses. _rule: the first rule it breaks, NULL where it is sound.
SELECT
  s.shop,
  {{- columns_of('addresses', 's') }}
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('address_id', []) }}
  END AS _rule
FROM {{ ref('staged_addresses') }} AS s
{{ join_repeated('addresses', 'address_id') }}
