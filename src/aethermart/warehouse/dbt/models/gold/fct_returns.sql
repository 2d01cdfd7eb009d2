-- Grain: one refunded line. days_to_return: since the order, NULL where the refund names none.
SELECT
  r.shop,
  r.return_id,
  r.document_number,
  r.order_id,
  {{ member('o.order_id') }} AS order_member,
  r.line_id,
  {{ member('p.product_id') }} AS product_member,
  {{ member('c.customer_id') }} AS customer_member,
  {{ member('COALESCE(o.channel, r.channel)') }} AS channel,
  {{ member('COALESCE(o.country, r.country)') }} AS country,
  r.quantity,
  r.refund_amount,
  r.currency,
  r.reason,
  r.returned_at,
  r.returned_on,
  CAST(r.returned_on - o.ordered_on AS BIGINT) AS days_to_return
FROM {{ ref('returns') }} AS r
LEFT JOIN {{ kept_rows('v_fct_orders') }} AS o
  ON o.shop = r.shop
  AND o.order_id = r.order_id
LEFT JOIN {{ ref('products') }} AS p
  ON p.shop = r.shop
  AND p.product_id = r.product_id
LEFT JOIN {{ ref('customers') }} AS c
  ON c.shop = r.shop
  AND c.customer_id = COALESCE(o.customer_id, r.customer_id)
