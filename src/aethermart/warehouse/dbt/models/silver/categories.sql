-- Grain: one row a key of categories that breaks no rule.
{{ kept('categories') }}
