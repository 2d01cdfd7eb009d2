-- Grain: one source row of order_status_changes that breaks a rule, with the first rule it breaks.
{{ broken('order_status_changes') }}
