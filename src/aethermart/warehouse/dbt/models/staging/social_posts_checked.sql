-- Grain: one staged row of social_posts. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('social_posts', 's') }}
  s.posted_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('post_id', ['posted_at']) }}
    WHEN s.likes < 0 THEN 'likes_not_negative'
  END AS _rule
FROM {{ ref('staged_social_posts') }} AS s
{{ join_repeated('social_posts', 'post_id') }}
