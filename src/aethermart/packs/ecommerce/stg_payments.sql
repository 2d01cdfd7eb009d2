-- Grain: one attempt to pay, or one repayment, in the order's currency.
SELECT
  p.payment_id,
  p.order_id,
  p.method,
  CASE LOWER(p.status)
    WHEN 'succeeded' THEN 'CAPTURED'
    WHEN 'failed' THEN 'FAILED'
    WHEN 'refunded' THEN 'REFUNDED'
    ELSE p.status
  END AS status,
  p.amount,
  o.currency,
  p.paid_at,
  {{ provenance(shop, 'payments', 'p') }}
FROM {{ captured(shop, 'payments') }} AS p
LEFT JOIN {{ captured(shop, 'orders') }} AS o
  ON o.order_id = p.order_id
