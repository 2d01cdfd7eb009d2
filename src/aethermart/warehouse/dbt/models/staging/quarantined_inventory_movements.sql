-- Grain: one source row of inventory_movements that breaks a rule, with the first rule it breaks.
{{ broken('inventory_movements') }}
