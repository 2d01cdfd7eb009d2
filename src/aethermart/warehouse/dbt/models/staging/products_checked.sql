-- Grain: one staged row of products. _rule: the first rule it breaks, NULL where it is sound.
SELECT
  s.shop,
  {{- columns_of('products', 's') }}
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('product_id', ['sku']) }}
    WHEN s.price < 0 THEN 'product_price_not_negative'
  END AS _rule
FROM {{ ref('staged_products') }} AS s
{{ join_repeated('products', 'product_id') }}
