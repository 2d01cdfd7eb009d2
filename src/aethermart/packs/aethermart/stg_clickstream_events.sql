-- Grain: one action of a visit.
SELECT
  event_id,
  session_id,
  customer_id,
  event_type,
  product_id,
  order_id,
  channel,
  device,
  page,
  referrer,
  occurred_at,
  {{ provenance(shop, 'clickstream_events') }}
FROM {{ captured(shop, 'clickstream_events') }}
