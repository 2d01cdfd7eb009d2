-- Grain: one move of an order's status; from_status is NULL where the order was placed.
SELECT
  order_event_id AS change_id,
  order_id,
  from_status,
  to_status,
  changed_at,
  {{ provenance(shop, 'order_events') }}
FROM {{ captured(shop, 'order_events') }}
