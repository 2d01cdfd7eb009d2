-- Grain: one staged row of exchange_rates, sound or not, over all shops.
{{ union_shops('exchange_rates') }}
