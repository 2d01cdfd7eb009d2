-- Grain: one move of an order's status. left_at: when the next one followed, NULL where none has.
SELECT
  m.shop,
  m.change_id,
  m.order_id,
  m.from_status,
  m.to_status,
  m.changed_at,
  m.changed_on,
  m.left_at,
  {{ hours_between('m.changed_at', 'm.left_at') }} AS hours_in_status,
  m.left_at IS NULL AS is_current,
  {{ member('o.order_id') }} AS order_member,
  {{ member('o.channel') }} AS channel,
  {{ member('o.country') }} AS country,
  COALESCE(o.currency, {{ currency_of_shop('m.shop') }}) AS currency
FROM (
  SELECT
    *,
    LEAD(changed_at) OVER (PARTITION BY shop, order_id ORDER BY changed_at, change_id) AS left_at
  FROM {{ ref('order_status_changes') }}
) AS m
LEFT JOIN {{ kept_rows('v_fct_orders') }} AS o
  ON o.shop = m.shop
  AND o.order_id = m.order_id
