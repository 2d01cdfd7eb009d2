-- Grain: one order line that breaks no rule, of an order that breaks none. currency: the order's.
{{ kept('order_items', ['currency']) }}
