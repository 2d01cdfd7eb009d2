-- Grain: one staged row of order_status_changes, sound or not, over all shops.
{{ union_shops('order_status_changes') }}
