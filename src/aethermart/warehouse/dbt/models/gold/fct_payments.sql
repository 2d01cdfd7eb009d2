-- Grain: one attempt to pay, or one repayment. net_amount: what it left with the shop.
-- order_member: `unknown` where the order is not there or in quarantine.
SELECT
  p.shop,
  p.payment_id,
  p.order_id,
  {{ member('o.order_id') }} AS order_member,
  {{ member('p.method') }} AS method,
  p.status,
  p.amount,
  CAST(
    CASE p.status
      WHEN 'CAPTURED' THEN p.amount
      WHEN 'REFUNDED' THEN - p.amount
      ELSE 0
    END AS DECIMAL(18,2)
  ) AS net_amount,
  p.currency,
  p.paid_at,
  p.paid_on,
  {{ member('o.channel') }} AS channel,
  {{ member('o.country') }} AS country
FROM {{ ref('payments') }} AS p
LEFT JOIN {{ kept_rows('v_fct_orders') }} AS o
  ON o.shop = p.shop
  AND o.order_id = p.order_id
