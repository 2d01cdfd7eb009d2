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
  search_id AS search_id,
  search_query AS search_query,
  result_count AS result_count,
  hit_position AS hit_position,
  {{ provenance(shop, 'clickstream_events') }}
FROM {{ captured(shop, 'clickstream_events') }}
