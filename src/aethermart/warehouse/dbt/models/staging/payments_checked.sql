-- Grain: one staged row of payments. _rule: the first rule it breaks, NULL where sound.
-- A payment that names no order (on account) is sound, unless its pack says otherwise.
SELECT
  s.shop,
  {{- columns_of('payments', 's') }}
  s.paid_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('payment_id', ['status', 'amount', 'currency', 'paid_at']) }}
    {{ in_shops_life('paid_at') }}
    WHEN s.amount < 0 THEN 'payment_amount_not_negative'
    WHEN s.status NOT IN ('CAPTURED', 'FAILED', 'REFUNDED') THEN 'payment_status_known'
  END AS _rule
FROM {{ ref('staged_payments') }} AS s
{{ join_repeated('payments', 'payment_id') }}
