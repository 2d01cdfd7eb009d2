-- Grain: one staged row of suppliers, sound or not, over all shops.
{{ union_shops('suppliers') }}
