-- Grain: one source row that breaks a rule, with the first rule it breaks.
-- amount: what the row would have added to revenue, NULL where it bears none or cannot be read.
{{ broken('categories') }}
UNION ALL
{{ broken('products') }}
UNION ALL
{{ broken('customers') }}
UNION ALL
{{ broken('addresses') }}
UNION ALL
{{ broken('orders') }}
UNION ALL
{{ broken('order_items', 'line_total', 'currency') }}
UNION ALL
{{ broken('order_status_changes') }}
UNION ALL
{{ broken('returns', 'CAST(- refund_amount AS DECIMAL(18,2))', 'currency') }}
UNION ALL
{{ broken('inventory_movements') }}
