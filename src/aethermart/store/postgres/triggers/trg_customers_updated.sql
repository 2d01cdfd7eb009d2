-- A row that changes says when: the start of the transaction that changed it.
-- Grain: one row of customers. Errors: none. Not in bulk (fn_is_bulk).
CREATE OR REPLACE TRIGGER trg_customers_updated
BEFORE UPDATE ON customers
FOR EACH ROW
WHEN (old.* IS DISTINCT FROM new.* AND NOT fn_is_bulk())
EXECUTE FUNCTION fn_set_updated_at();
