-- Grain: one staged row of customers, sound or not, over all shops.
{{ union_shops('customers') }}
