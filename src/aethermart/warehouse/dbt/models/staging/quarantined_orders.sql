-- Grain: one source row of orders that breaks a rule, with the first rule it breaks.
{{ broken('orders') }}
