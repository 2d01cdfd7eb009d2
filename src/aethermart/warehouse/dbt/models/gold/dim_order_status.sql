-- Grain: one status that one order had, from valid_from (included) to valid_to (excluded), as its
-- own row told it; fct_order_status has what the shop's own record of moves says.
{{ dimension_versions('orders', 'order_id', ['status']) }}
