-- An order begins PENDING and moves legally, whoever writes it.
-- Grain: one order. Errors: AM006 illegal move. Not in bulk (fn_is_bulk).
CREATE OR REPLACE FUNCTION fn_trg_orders_status() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM fn_require_legal_move(NEW.order_id, NULL, NEW.status);
    ELSIF NEW.status <> OLD.status THEN
        PERFORM fn_require_legal_move(NEW.order_id, OLD.status, NEW.status);
    END IF;
    RETURN NEW;
END;
$$;

CREATE OR REPLACE TRIGGER trg_orders_status
BEFORE INSERT OR UPDATE OF status ON orders
FOR EACH ROW
WHEN (NOT fn_is_bulk())
EXECUTE FUNCTION fn_trg_orders_status();
