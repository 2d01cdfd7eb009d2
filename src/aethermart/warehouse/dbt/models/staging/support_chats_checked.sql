-- Grain: one staged row of support_chats. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('support_chats', 's') }}
  s.opened_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('chat_id', ['opened_at']) }}
    WHEN s.closed_at < s.opened_at THEN 'chat_closes_after_it_opens'
    WHEN s.satisfaction NOT BETWEEN 1 AND 5 THEN 'satisfaction_from_1_to_5'
  END AS _rule
FROM {{ ref('staged_support_chats') }} AS s
{{ join_repeated('support_chats', 'chat_id') }}
