-- What the promotions that run now take off a product's price: the largest, in percent.
-- Grain: one product; 0 where none runs. Errors: none.
CREATE OR REPLACE FUNCTION fn_running_discount(p_product_id bigint) RETURNS numeric
LANGUAGE sql STABLE
AS $$
    SELECT coalesce(max(p.discount_percent), 0)
    FROM promotions AS p
    WHERE p.product_id = p_product_id AND p.starts_at <= now() AND p.ends_at > now()
$$;
