-- Grain: one source row of products that breaks a rule, with the first rule it breaks.
{{ broken('products') }}
