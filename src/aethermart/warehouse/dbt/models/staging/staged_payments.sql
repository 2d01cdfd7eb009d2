-- Grain: one staged row of payments, sound or not, over all shops.
{{ union_shops('payments') }}
