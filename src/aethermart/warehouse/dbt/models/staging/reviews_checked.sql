-- Grain: one staged row of reviews. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('reviews', 's') }}
  s.reviewed_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('review_id', ['product_id', 'rating', 'reviewed_at']) }}
    {{ in_shops_life('reviewed_at') }}
    WHEN s.rating NOT BETWEEN 1 AND 5 THEN 'rating_from_1_to_5'
  END AS _rule
FROM {{ ref('staged_reviews') }} AS s
{{ join_repeated('reviews', 'review_id') }}
