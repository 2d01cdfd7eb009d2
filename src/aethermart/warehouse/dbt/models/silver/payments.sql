-- Grain: one row a key of payments that breaks no rule.
{{ kept('payments', ['paid_on']) }}
