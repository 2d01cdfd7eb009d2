-- Grain: one staged row of categories. _rule: the first rule it breaks, NULL where it is sound.
SELECT
  s.shop,
  {{- columns_of('categories', 's') }}
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('category_id', ['name']) }}
  END AS _rule
FROM {{ ref('staged_categories') }} AS s
{{ join_repeated('categories', 'category_id') }}
