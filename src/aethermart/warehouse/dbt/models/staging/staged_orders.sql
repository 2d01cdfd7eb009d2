-- Grain: one staged row of orders, sound or not, over all shops.
{{ union_shops('orders') }}
