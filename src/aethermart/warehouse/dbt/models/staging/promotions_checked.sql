-- Grain: one staged row of promotions. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('promotions', 's') }}
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('promotion_id', ['product_id', 'discount_percent', 'starts_at', 'ends_at']) }}
    WHEN s.discount_percent NOT BETWEEN 0 AND 100 THEN 'discount_from_0_to_100'
    WHEN s.ends_at <= s.starts_at THEN 'promotion_ends_after_its_start'
  END AS _rule
FROM {{ ref('staged_promotions') }} AS s
{{ join_repeated('promotions', 'promotion_id') }}
