-- Grain: one staged row of returns, sound or not, over all shops.
-- returned_on: the date in the shop's own time zone.
{{ union_shops('returns', [('returned_on', 'returned_at')]) }}
