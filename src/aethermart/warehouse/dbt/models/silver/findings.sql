-- Grain: one thing noticed about a row that was kept, a column a row. done: mended (silver has the
-- value in its right form), emptied (no value could be had of it: NULL) or noted (left as it is).
-- Rows that break a rule are in quarantine instead. Read when asked for: no kept table rests on it.
{%- set selects = [] %}
{%- for entity in ['customers', 'addresses', 'suppliers', 'products', 'categories', 'orders',
    'order_items', 'payments', 'reviews'] %}
  {%- do selects.extend(column_findings(entity)) %}
{%- endfor %}
{%- do selects.append(orphans('payments', 'order_id', 'orders', 'order_id')) %}
{%- do selects.append(orphans('reviews', 'product_id', 'products', 'product_id')) %}
{%- do selects.append(orphans('order_items', 'product_id', 'products', 'product_id')) %}
{%- do selects.append(orphans('orders', 'customer_id', 'customers', 'customer_id')) %}
{{ selects | join('\nUNION ALL\n') }}
UNION ALL
SELECT
  shop,
  source_table,
  'order_items' AS entity,
  row_key,
  column_name,
  finding,
  'noted' AS done
FROM {{ ref('doubtful_lines') }}
UNION ALL
SELECT
  c.shop,
  c._source_table AS source_table,
  'products' AS entity,
  c._row_key AS row_key,
  'name' AS column_name,
  'name_abbreviated' AS finding,
  'noted' AS done
FROM {{ ref('product_full_names') }} AS n
INNER JOIN {{ ref('products_checked') }} AS c
  ON c.shop = n.shop
  AND c.product_id = n.product_id
  AND c._rule IS NULL
