-- A review is of what was delivered to that customer, whoever writes it.
-- Grain: one review. Errors: AM011 not delivered to the customer. Not in bulk (fn_is_bulk).
CREATE OR REPLACE FUNCTION fn_trg_reviews_verified() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM fn_require_delivered(NEW.product_id, NEW.customer_id, NEW.order_id);
    RETURN NEW;
END;
$$;

CREATE OR REPLACE TRIGGER trg_reviews_verified
BEFORE INSERT OR UPDATE OF product_id, customer_id, order_id ON reviews
FOR EACH ROW
WHEN (NOT fn_is_bulk())
EXECUTE FUNCTION fn_trg_reviews_verified();
