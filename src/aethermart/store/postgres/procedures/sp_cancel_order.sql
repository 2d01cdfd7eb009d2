-- Cancel an order that is PENDING or PAID; its stock goes back (trg_orders_status_effects).
-- Grain: one order; returns the status it had.
-- Errors: AM006 illegal move, AM007 no such order.
CREATE OR REPLACE FUNCTION sp_cancel_order(p_order_id bigint) RETURNS text
LANGUAGE sql
AS $$ SELECT sp_change_order_status(p_order_id, 'CANCELLED') $$;
