-- Grain: one staged row of orders, sound or not, over all shops.
-- ordered_on: the date in the shop's own time zone.
{{ union_shops('orders', [('ordered_on', 'ordered_at')]) }}
