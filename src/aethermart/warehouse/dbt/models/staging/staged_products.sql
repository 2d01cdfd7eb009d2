-- Grain: one staged row of products, sound or not, over all shops.
{{ union_shops('products') }}
