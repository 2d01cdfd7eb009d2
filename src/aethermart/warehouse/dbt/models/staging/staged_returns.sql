-- Grain: one staged row of returns, sound or not, over all shops.
{{ union_shops('returns') }}
