-- What follows from an order's new status, whoever wrote it: its event; its payment when it is paid;
-- stock and money back when it is cancelled or returned; a refund for each line that
-- sp_return_order has not refunded already.
-- Grain: one order. Errors: none of its own. Not in bulk (fn_is_bulk).
CREATE OR REPLACE FUNCTION fn_trg_orders_status_effects() RETURNS trigger
LANGUAGE plpgsql
AS $$
DECLARE
    v_from text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.status = OLD.status THEN
            RETURN NULL;
        END IF;
        v_from := OLD.status;
    END IF;
    INSERT INTO order_events (order_id, from_status, to_status)
    VALUES (NEW.order_id, v_from, NEW.status);
    IF NEW.status = 'PAID' THEN
        PERFORM fn_capture_payment(NEW.order_id);
    ELSIF NEW.status = 'CANCELLED' THEN
        PERFORM fn_refund_payment(NEW.order_id);
        PERFORM fn_give_stock_back(NEW.order_id, 'CANCELLATION');
    ELSIF NEW.status = 'RETURNED' THEN
        PERFORM fn_refund_lines(NEW.order_id, 'unspecified');
        PERFORM fn_refund_payment(
            NEW.order_id,
            (SELECT sum(r.refund_amount) FROM returns AS r WHERE r.order_id = NEW.order_id)
        );
        PERFORM fn_give_stock_back(NEW.order_id, 'RETURN');
    END IF;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE TRIGGER trg_orders_status_effects
AFTER INSERT OR UPDATE OF status ON orders
FOR EACH ROW
WHEN (NOT fn_is_bulk())
EXECUTE FUNCTION fn_trg_orders_status_effects();
