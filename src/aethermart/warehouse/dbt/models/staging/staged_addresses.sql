-- Grain: one staged row of addresses, sound or not, over all shops.
{{ union_shops('addresses') }}
