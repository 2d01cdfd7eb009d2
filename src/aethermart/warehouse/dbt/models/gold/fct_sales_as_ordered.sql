-- Grain: one line of fct_sales, with what held at its moment: the product's version (name, category,
-- list price) and the customer's segment.
-- product_known_then: false where the line is older than the first version known, which then stands
-- in.
SELECT
  f.shop,
  f.line_id,
  f.line_kind,
  f.document_id,
  f.order_id,
  f.ordered_at,
  f.ordered_on,
  {{ member('p.product_id') }} AS product_member,
  {{ member('c.customer_id') }} AS customer_member,
  {{ member('f.channel') }} AS channel,
  {{ member('f.country') }} AS country,
  {{ member('f.city') }} AS city,
  f.order_status,
  p.name AS product_name,
  {{ member('k.category_id') }} AS category_id,
  {{ member('k.name') }} AS category,
  p.price AS list_price,
  p.valid_from AS product_valid_from,
  COALESCE(p.valid_from <= f.ordered_at, FALSE) AS product_known_then,
  {{ member('s.customer_segment') }} AS customer_segment,
  f.quantity,
  f.unit_price,
  f.line_total,
  f.revenue,
  f.currency
FROM {{ kept_rows('v_fct_sales') }} AS f
LEFT JOIN {{ ref('dim_product') }} AS p
  ON {{ version_at('p', 'f.shop', 'product_id', 'f.product_id', 'f.ordered_at') }}
LEFT JOIN {{ ref('categories') }} AS k
  ON k.shop = f.shop
  AND k.category_id = p.category_id
LEFT JOIN {{ ref('customers') }} AS c
  ON c.shop = f.shop
  AND c.customer_id = f.customer_id
LEFT JOIN {{ ref('fct_orders_in_sequence') }} AS s
  ON s.shop = f.shop
  AND s.order_id = f.order_id
