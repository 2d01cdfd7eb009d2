-- Grain: one row a key of order_status_changes that breaks no rule.
{{ kept('order_status_changes', ['changed_on']) }}
