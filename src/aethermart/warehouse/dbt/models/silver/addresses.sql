-- Grain: one row a key of addresses that breaks no rule.
{{ kept('addresses') }}
