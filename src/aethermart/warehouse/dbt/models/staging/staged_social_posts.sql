-- Grain: one staged row of social_posts, sound or not, over all shops.
{{ union_shops('social_posts') }}
