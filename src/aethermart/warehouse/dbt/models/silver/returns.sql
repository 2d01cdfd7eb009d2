-- Grain: one refunded line that breaks no rule. order_id is NULL where a credit note names no order.
{{ kept('returns', ['returned_on']) }}
