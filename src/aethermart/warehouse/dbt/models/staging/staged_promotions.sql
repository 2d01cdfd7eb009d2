-- Grain: one staged row of promotions, sound or not, over all shops.
{{ union_shops('promotions') }}
