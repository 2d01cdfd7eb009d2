-- Grain: one row a key of inventory_movements that breaks no rule.
{{ kept('inventory_movements', ['moved_on']) }}
