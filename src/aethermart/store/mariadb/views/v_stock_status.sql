-- How long the stock of goods lasts: what was sold in the last 28 days against what is there.
-- A product runs low when its stock ends before its main supplier could bring more.
-- Grain: one product on sale that is no service. Nulls: days_left where nothing was sold;
--         lead_time_days and is_low without a main supplier; an empty stock is always low.
-- Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_stock_status AS
SELECT
    p.product_id,
    p.sku,
    p.name,
    p.stock_quantity,
    COALESCE(s.units, 0) AS sold_in_28_days,
    ROUND(p.stock_quantity * 28 / s.units, 1) AS days_left,
    b.supplier_id,
    b.lead_time_days,
    CASE
        WHEN p.stock_quantity = 0 THEN 1
        WHEN b.lead_time_days IS NULL THEN NULL
        ELSE COALESCE(p.stock_quantity * 28 / s.units <= b.lead_time_days, 0)
    END AS is_low
FROM products AS p
LEFT JOIN (
    SELECT i.product_id, SUM(i.quantity) AS units
    FROM orders AS o
    INNER JOIN order_items AS i ON i.order_id = o.order_id
    WHERE o.ordered_at > CURRENT_TIMESTAMP(6) - INTERVAL 28 DAY AND o.status <> 'CANCELLED'
    GROUP BY i.product_id
) AS s ON s.product_id = p.product_id
LEFT JOIN product_suppliers AS b ON b.primary_of = p.product_id
WHERE p.is_active AND NOT p.is_service;
