-- Grain: one row a key of customers that breaks no rule.
{{ kept('customers') }}
