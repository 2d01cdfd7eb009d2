-- Grain: one row a key of promotions that breaks no rule.
{{ kept('promotions') }}
