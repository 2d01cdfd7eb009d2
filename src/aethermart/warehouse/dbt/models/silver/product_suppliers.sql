-- Grain: one row a key of product_suppliers that breaks no rule.
{{ kept('product_suppliers') }}
