-- Grain: one staged row of clickstream_events. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('clickstream_events', 's') }}
  s.occurred_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('event_id', ['session_id', 'event_type', 'occurred_at']) }}
    WHEN s.event_type NOT IN ('page_view', 'product_view', 'search', 'add_to_cart', 'checkout', 'purchase')
      THEN 'event_type_known'
  END AS _rule
FROM {{ ref('staged_clickstream_events') }} AS s
{{ join_repeated('clickstream_events', 'event_id') }}
