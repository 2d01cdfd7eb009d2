-- Grain: one source row that breaks a rule, with the first rule it breaks.
-- amount: what the row would have added to revenue, NULL where it bears none or cannot be read.
{%- set entities = [
    'categories', 'products', 'customers', 'addresses', 'orders', 'order_items',
    'order_status_changes', 'returns', 'inventory_movements', 'suppliers', 'product_suppliers',
    'payments', 'reviews', 'promotions', 'exchange_rates', 'clickstream_events',
    'device_telemetry', 'social_posts', 'support_chats',
  ] %}
{%- for entity in entities %}
SELECT
  shop,
  source_table,
  entity,
  row_key,
  rule,
  touch_key,
  amount,
  currency,
  source_row
FROM {{ ref('quarantined_' ~ entity) }}
{{ 'UNION ALL' if not loop.last }}
{%- endfor %}
