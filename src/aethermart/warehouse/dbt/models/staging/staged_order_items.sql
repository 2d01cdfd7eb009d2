-- Grain: one staged row of order_items, sound or not, over all shops.
{{ union_shops('order_items') }}
