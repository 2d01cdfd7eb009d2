-- A row that changes says when: the start of the transaction that changed it.
-- Grain: one row of products. Errors: none. Not in bulk (fn_is_bulk).
CREATE OR REPLACE TRIGGER trg_products_updated
BEFORE UPDATE ON products
FOR EACH ROW
WHEN (old.* IS DISTINCT FROM new.* AND NOT fn_is_bulk())
EXECUTE FUNCTION fn_set_updated_at();
