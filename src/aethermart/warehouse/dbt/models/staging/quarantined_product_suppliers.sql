-- Grain: one source row of product_suppliers that breaks a rule, with the first rule it breaks.
{{ broken('product_suppliers') }}
