{# The canonical columns of each entity and their types, in the order silver shows them. A pack's
   stg_<entity>.sql gives every one of them but those that it may leave out. models/silver/_silver.yml says what they mean. #}
{% macro entity_columns(entity) -%}
  {%- set columns = {
    'categories': [
      ('category_id', 'VARCHAR'), ('name', 'VARCHAR'), ('parent_id', 'VARCHAR'),
    ],
    'products': [
      ('product_id', 'VARCHAR'), ('sku', 'VARCHAR'), ('name', 'VARCHAR'),
      ('description', 'VARCHAR'), ('category_id', 'VARCHAR'), ('price', 'DECIMAL(18,4)'),
      ('currency', 'VARCHAR'), ('stock_quantity', 'BIGINT'), ('is_active', 'BOOLEAN'),
      ('created_at', 'TIMESTAMPTZ'), ('updated_at', 'TIMESTAMPTZ'),
    ],
    'customers': [
      ('customer_id', 'VARCHAR'), ('email', 'VARCHAR'), ('first_name', 'VARCHAR'),
      ('last_name', 'VARCHAR'), ('phone', 'VARCHAR'), ('created_at', 'TIMESTAMPTZ'),
      ('updated_at', 'TIMESTAMPTZ'), ('sales_rep', 'VARCHAR'),
    ],
    'addresses': [
      ('address_id', 'VARCHAR'), ('customer_id', 'VARCHAR'), ('street', 'VARCHAR'),
      ('city', 'VARCHAR'), ('postal_code', 'VARCHAR'), ('country', 'VARCHAR'),
      ('latitude', 'DECIMAL(9,6)'), ('longitude', 'DECIMAL(9,6)'),
    ],
    'orders': [
      ('order_id', 'VARCHAR'), ('customer_id', 'VARCHAR'), ('address_id', 'VARCHAR'),
      ('channel', 'VARCHAR'), ('status', 'VARCHAR'), ('currency', 'VARCHAR'),
      ('country', 'VARCHAR'), ('city', 'VARCHAR'), ('ordered_at', 'TIMESTAMPTZ'),
      ('updated_at', 'TIMESTAMPTZ'), ('shipping_amount', 'DECIMAL(18,2)'),
      ('tax_amount', 'DECIMAL(18,2)'), ('total_amount', 'DECIMAL(18,2)'),
      ('shipped_at', 'TIMESTAMPTZ'), ('due_at', 'TIMESTAMPTZ'),
    ],
    'order_items': [
      ('line_id', 'VARCHAR'), ('order_id', 'VARCHAR'), ('line_number', 'BIGINT'),
      ('product_id', 'VARCHAR'), ('quantity', 'BIGINT'), ('unit_price', 'DECIMAL(18,4)'),
      ('discount_amount', 'DECIMAL(18,2)'), ('line_total', 'DECIMAL(18,2)'),
    ],
    'order_status_changes': [
      ('change_id', 'VARCHAR'), ('order_id', 'VARCHAR'), ('from_status', 'VARCHAR'),
      ('to_status', 'VARCHAR'), ('changed_at', 'TIMESTAMPTZ'),
    ],
    'returns': [
      ('return_id', 'VARCHAR'), ('document_number', 'VARCHAR'), ('order_id', 'VARCHAR'),
      ('line_id', 'VARCHAR'), ('product_id', 'VARCHAR'), ('customer_id', 'VARCHAR'),
      ('channel', 'VARCHAR'), ('country', 'VARCHAR'), ('quantity', 'BIGINT'),
      ('unit_price', 'DECIMAL(18,4)'), ('refund_amount', 'DECIMAL(18,2)'),
      ('currency', 'VARCHAR'), ('reason', 'VARCHAR'), ('returned_at', 'TIMESTAMPTZ'),
    ],
    'inventory_movements': [
      ('movement_id', 'VARCHAR'), ('product_id', 'VARCHAR'), ('quantity_change', 'BIGINT'),
      ('reason', 'VARCHAR'), ('order_id', 'VARCHAR'), ('moved_at', 'TIMESTAMPTZ'),
    ],
    'suppliers': [
      ('supplier_id', 'VARCHAR'), ('name', 'VARCHAR'), ('country', 'VARCHAR'),
      ('email', 'VARCHAR'), ('created_at', 'TIMESTAMPTZ'),
    ],
    'product_suppliers': [
      ('product_supplier_id', 'VARCHAR'), ('product_id', 'VARCHAR'), ('supplier_id', 'VARCHAR'),
      ('unit_cost', 'DECIMAL(18,4)'), ('currency', 'VARCHAR'), ('lead_time_days', 'BIGINT'),
      ('is_primary', 'BOOLEAN'),
    ],
    'payments': [
      ('payment_id', 'VARCHAR'), ('order_id', 'VARCHAR'), ('method', 'VARCHAR'),
      ('status', 'VARCHAR'), ('amount', 'DECIMAL(18,2)'), ('currency', 'VARCHAR'),
      ('paid_at', 'TIMESTAMPTZ'),
    ],
    'reviews': [
      ('review_id', 'VARCHAR'), ('product_id', 'VARCHAR'), ('customer_id', 'VARCHAR'),
      ('order_id', 'VARCHAR'), ('rating', 'BIGINT'), ('title', 'VARCHAR'), ('body', 'VARCHAR'),
      ('reviewed_at', 'TIMESTAMPTZ'),
    ],
    'promotions': [
      ('promotion_id', 'VARCHAR'), ('campaign', 'VARCHAR'), ('product_id', 'VARCHAR'),
      ('discount_percent', 'DECIMAL(9,4)'), ('starts_at', 'TIMESTAMPTZ'),
      ('ends_at', 'TIMESTAMPTZ'),
    ],
    'exchange_rates': [
      ('rate_id', 'VARCHAR'), ('rate_date', 'DATE'), ('currency', 'VARCHAR'),
      ('quote_currency', 'VARCHAR'), ('rate', 'DECIMAL(18,8)'),
    ],
    'clickstream_events': [
      ('event_id', 'VARCHAR'), ('session_id', 'VARCHAR'), ('customer_id', 'VARCHAR'),
      ('event_type', 'VARCHAR'), ('product_id', 'VARCHAR'), ('order_id', 'VARCHAR'),
      ('channel', 'VARCHAR'), ('device', 'VARCHAR'), ('page', 'VARCHAR'), ('referrer', 'VARCHAR'),
      ('occurred_at', 'TIMESTAMPTZ'), ('search_id', 'VARCHAR'), ('search_query', 'VARCHAR'),
      ('result_count', 'BIGINT'), ('hit_position', 'BIGINT'),
    ],
    'device_telemetry': [
      ('telemetry_id', 'VARCHAR'), ('device_id', 'VARCHAR'), ('customer_id', 'VARCHAR'),
      ('device_type', 'VARCHAR'), ('os', 'VARCHAR'), ('app_version', 'VARCHAR'),
      ('metric', 'VARCHAR'), ('value', 'DECIMAL(18,4)'), ('recorded_at', 'TIMESTAMPTZ'),
    ],
    'social_posts': [
      ('post_id', 'VARCHAR'), ('platform', 'VARCHAR'), ('author', 'VARCHAR'), ('body', 'VARCHAR'),
      ('product_id', 'VARCHAR'), ('likes', 'BIGINT'), ('posted_at', 'TIMESTAMPTZ'),
    ],
    'support_chats': [
      ('chat_id', 'VARCHAR'), ('customer_id', 'VARCHAR'), ('order_id', 'VARCHAR'),
      ('channel', 'VARCHAR'), ('topic', 'VARCHAR'), ('message_count', 'BIGINT'),
      ('satisfaction', 'BIGINT'), ('transcript', 'VARCHAR'), ('opened_at', 'TIMESTAMPTZ'),
      ('closed_at', 'TIMESTAMPTZ'),
    ],
  } -%}
  {{ return(columns[entity]) }}
{%- endmacro %}

{# Whether a shop's pack gives a column, as it must but for those that it may leave out. #}
{% macro gives_column(about, entity, name) -%}
  {{ return(name not in about.left_out.get(entity, [])) }}
{%- endmacro %}

{# (date, time) of the entities whose time is also wanted as a date on the shop's own calendar. #}
{% macro local_dates(entity) -%}
  {%- set dates = {
    'orders': [('ordered_on', 'ordered_at')],
    'returns': [('returned_on', 'returned_at')],
    'order_status_changes': [('changed_on', 'changed_at')],
    'inventory_movements': [('moved_on', 'moved_at')],
    'payments': [('paid_on', 'paid_at')],
    'reviews': [('reviewed_on', 'reviewed_at')],
    'clickstream_events': [('occurred_on', 'occurred_at')],
    'device_telemetry': [('recorded_on', 'recorded_at')],
    'social_posts': [('posted_on', 'posted_at')],
    'support_chats': [('opened_on', 'opened_at')],
  } -%}
  {{ return(dates.get(entity, [])) }}
{%- endmacro %}

{# `alias.column` of every column of an entity, one a line, each with its comma. #}
{% macro columns_of(entity, alias) -%}
  {%- for name, type in entity_columns(entity) %}
  {{ alias }}.{{ name }},
  {%- endfor %}
{%- endmacro %}
