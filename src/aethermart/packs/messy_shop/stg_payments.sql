-- Grain: one attempt to pay, or one repayment.
SELECT
  payment_id,
  order_id,
  method,
  status,
  amount,
  currency,
  paid_at,
  {{ provenance(shop, 'payments') }}
FROM {{ captured(shop, 'payments') }}
