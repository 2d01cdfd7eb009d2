-- Grain: one review of one product.
SELECT
  r.shop,
  r.review_id,
  {{ member('p.product_id') }} AS product_member,
  {{ member('c.customer_id') }} AS customer_member,
  {{ member('o.order_id') }} AS order_member,
  {{ member('p.category_id') }} AS category_id,
  {{ member('o.channel') }} AS channel,
  {{ member('o.country') }} AS country,
  r.rating,
  {{ currency_of_shop('r.shop') }} AS currency,
  r.reviewed_at,
  r.reviewed_on
FROM {{ ref('reviews') }} AS r
LEFT JOIN {{ ref('products') }} AS p
  ON p.shop = r.shop
  AND p.product_id = r.product_id
LEFT JOIN {{ ref('customers') }} AS c
  ON c.shop = r.shop
  AND c.customer_id = r.customer_id
LEFT JOIN {{ kept_rows('v_fct_orders') }} AS o
  ON o.shop = r.shop
  AND o.order_id = r.order_id
