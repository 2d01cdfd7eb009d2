-- Grain: one check of a customer. It settles an account, not an order: order_id is NULL, and the
-- customer is the key's first part.
SELECT
  {{ key_text(['customerNumber', 'checkNumber'], '') }} AS payment_id,
  CAST(NULL AS VARCHAR) AS order_id,
  'check' AS method,
  'CAPTURED' AS status,
  "amount" AS amount,
  {{ shop_currency(shop) }} AS currency,
  {{ local_to_utc(shop, 'CAST("paymentDate" AS TIMESTAMP)') }} AS paid_at,
  {{ provenance(shop, 'payments') }}
FROM {{ captured(shop, 'payments') }}
