-- Grain: one order that breaks no rule. status is NULL where the shop records none.
{{ kept('orders', ['ordered_on']) }}
