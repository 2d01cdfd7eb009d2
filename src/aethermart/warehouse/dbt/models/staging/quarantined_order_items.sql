-- Grain: one source row of order_items that breaks a rule, with the first rule it breaks.
{{ broken('order_items', 'line_total', 'currency') }}
