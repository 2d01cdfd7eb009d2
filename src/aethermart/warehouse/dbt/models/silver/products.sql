-- Grain: one row a key of products that breaks no rule.
{{ kept('products') }}
