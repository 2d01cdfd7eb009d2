-- Only what was delivered can be returned: a refund of a cancelled order cannot exist.
-- Grain: one return. Errors: AM006 illegal move. Not in bulk (fn_is_bulk).
CREATE OR REPLACE FUNCTION fn_trg_returns_order() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_status text;
BEGIN
    SELECT o.status INTO v_status FROM orders AS o WHERE o.order_id = NEW.order_id;
    IF v_status NOT IN ('DELIVERED', 'RETURNED') THEN
        PERFORM fn_require_legal_move(NEW.order_id, v_status, 'RETURNED');
    END IF;
    RETURN NEW;
END;
$$;

CREATE OR REPLACE TRIGGER trg_returns_order
BEFORE INSERT ON returns
FOR EACH ROW
WHEN (NOT fn_is_bulk())
EXECUTE FUNCTION fn_trg_returns_order();
