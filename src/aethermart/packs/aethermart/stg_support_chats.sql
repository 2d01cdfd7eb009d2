-- Grain: one conversation with the support.
SELECT
  chat_id,
  customer_id,
  order_id,
  channel,
  topic,
  message_count,
  satisfaction,
  transcript,
  opened_at,
  closed_at,
  {{ provenance(shop, 'support_chats') }}
FROM {{ captured(shop, 'support_chats') }}
