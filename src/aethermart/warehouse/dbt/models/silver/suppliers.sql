-- Grain: one row a key of suppliers that breaks no rule.
{{ kept('suppliers') }}
