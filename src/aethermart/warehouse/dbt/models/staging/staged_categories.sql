-- Grain: one staged row of categories, sound or not, over all shops.
{{ union_shops('categories') }}
