-- A row that changes says when: the start of the transaction that changed it.
-- Grain: one row of orders. Errors: none.
CREATE OR REPLACE TRIGGER trg_orders_updated
BEFORE UPDATE ON orders
FOR EACH ROW
WHEN (old.* IS DISTINCT FROM new.*)
EXECUTE FUNCTION fn_set_updated_at();
