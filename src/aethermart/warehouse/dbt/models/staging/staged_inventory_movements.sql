-- Grain: one staged row of inventory_movements, sound or not, over all shops.
{{ union_shops('inventory_movements') }}
