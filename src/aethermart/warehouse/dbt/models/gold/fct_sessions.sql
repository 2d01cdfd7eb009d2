-- Grain: one visit. Its date is that of its first event, in the shop's time zone.
-- journey: the furthest step it came to. order_id: the (first) order it ended with.
SELECT
  e.shop,
  e.session_id,
  e.customer_member,
  e.channel,
  e.device,
  e.referrer,
  e.started_at,
  e.ended_at,
  e.started_on,
  e.events,
  e.products_viewed,
  e.has_cart,
  e.has_checkout,
  e.has_order,
  e.order_id,
  CASE
    WHEN e.has_order THEN 'order'
    WHEN e.has_checkout THEN 'checkout'
    WHEN e.has_cart THEN 'cart'
    WHEN e.products_viewed > 0 THEN 'product'
    ELSE 'page'
  END AS journey,
  {{ currency_of_shop('e.shop') }} AS currency
FROM (
  SELECT
    c.shop,
    c.session_id,
    {{ member('MAX(k.customer_id)') }} AS customer_member,
    {{ member('MAX(c.channel)') }} AS channel,
    {{ member('MAX(c.device)') }} AS device,
    {{ member('MAX(c.referrer)') }} AS referrer,
    MIN(c.occurred_at) AS started_at,
    MAX(c.occurred_at) AS ended_at,
    MIN(c.occurred_on) AS started_on,
    COUNT(*) AS events,
    COUNT(DISTINCT CASE WHEN c.event_type = 'product_view' THEN c.product_id END)
      AS products_viewed,
    MAX(CASE WHEN c.event_type = 'add_to_cart' THEN 1 ELSE 0 END) = 1 AS has_cart,
    MAX(CASE WHEN c.event_type = 'checkout' THEN 1 ELSE 0 END) = 1 AS has_checkout,
    MAX(CASE WHEN c.event_type = 'purchase' THEN 1 ELSE 0 END) = 1 AS has_order,
    MIN(CASE WHEN c.event_type = 'purchase' THEN c.order_id END) AS order_id
  FROM {{ ref('clickstream_events') }} AS c
  LEFT JOIN {{ ref('customers') }} AS k
    ON k.shop = c.shop
    AND k.customer_id = c.customer_id
  GROUP BY
    c.shop,
    c.session_id
) AS e
