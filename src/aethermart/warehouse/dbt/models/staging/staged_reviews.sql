-- Grain: one staged row of reviews, sound or not, over all shops.
{{ union_shops('reviews') }}
