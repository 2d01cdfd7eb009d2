-- Orders with what they hold and brought, their customers under a pseudonym.
-- DEFINER: its readers may not read orders, whose keys and addresses lead to persons.
-- Grain: one order. Times: ordered_at is an instant. Nulls: city and country are never null; refunded
--         is 0.00 without returns. revenue is 0.00 for a CANCELLED order. Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_order_summary AS
SELECT
    o.order_id,
    fn_customer_pseudonym(o.customer_id) AS customer,
    o.channel,
    o.status,
    o.ordered_at,
    a.country,
    a.city,
    o.currency,
    COALESCE(i.line_count, 0) AS line_count,
    COALESCE(i.units, 0) AS units,
    COALESCE(i.lines_total, 0) AS lines_total,
    o.shipping_amount,
    o.tax_amount,
    o.total_amount,
    COALESCE(r.refunded, 0) AS refunded,
    IF(o.status = 'CANCELLED', 0, COALESCE(i.lines_total, 0) - COALESCE(r.refunded, 0)) AS revenue
FROM orders AS o
INNER JOIN customer_addresses AS a ON a.address_id = o.address_id
LEFT JOIN (
    SELECT
        l.order_id,
        COUNT(*) AS line_count,
        SUM(l.quantity) AS units,
        SUM(l.line_total) AS lines_total
    FROM order_items AS l
    GROUP BY l.order_id
) AS i ON i.order_id = o.order_id
LEFT JOIN (
    SELECT b.order_id, SUM(b.refund_amount) AS refunded
    FROM returns AS b
    GROUP BY b.order_id
) AS r ON r.order_id = o.order_id;
