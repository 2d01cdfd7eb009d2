-- What is hit if this supplier fails, and what of the last whole quarter's revenue hangs on it.
-- As v_supplier_impact, of one supplier, which is found without looking at the others.
-- p_day  a day of the quarter after the one that is looked at; null is today, UTC
-- Grain: one product hit and currency that it sold in, the largest share first: product_id, sku,
--         name, is_stopped, is_direct, revenue and currency (its sales in that quarter, less refunds
--         of its lines in it), share (of all revenue of that quarter in that currency).
-- Nulls: share where the quarter has no revenue. Errors: AM023 no such supplier.
DELIMITER //
CREATE OR REPLACE PROCEDURE sp_supplier_impact(IN p_supplier_id BIGINT, IN p_day DATE)
READS SQL DATA
SQL SECURITY DEFINER
BEGIN
    DECLARE v_day DATE DEFAULT COALESCE(p_day, UTC_DATE());
    DECLARE v_to BIGINT DEFAULT TIMESTAMPDIFF(
        SECOND, '1970-01-01', MAKEDATE(YEAR(v_day), 1) + INTERVAL QUARTER(v_day) - 1 QUARTER
    );
    DECLARE v_from BIGINT DEFAULT TIMESTAMPDIFF(
        SECOND, '1970-01-01', MAKEDATE(YEAR(v_day), 1) + INTERVAL QUARTER(v_day) - 2 QUARTER
    );

    IF NOT EXISTS (SELECT 1 FROM suppliers AS s WHERE s.supplier_id = p_supplier_id) THEN
        CALL sp_refuse(
            23,
            CONCAT('there is no supplier ', COALESCE(p_supplier_id, 'NULL')),
            'look the supplier up by its number'
        );
    END IF;

    WITH RECURSIVE failing (supplier_id) AS (
        SELECT p_supplier_id
        UNION
        SELECT l.supplier_id
        FROM failing AS f
        INNER JOIN supplier_links AS l ON l.supplied_by_id = f.supplier_id
    ),
    direct (product_id, is_stopped) AS (
        SELECT
            p.product_id,
            COUNT(*) = (
                SELECT COUNT(*) FROM product_suppliers AS every_one
                WHERE every_one.product_id = p.product_id
            )
        FROM failing AS f
        INNER JOIN product_suppliers AS p ON p.supplier_id = f.supplier_id
        GROUP BY p.product_id
    ),
    hit (product_id, is_stopped, is_direct) AS (
        SELECT d.product_id, d.is_stopped, 1
        FROM direct AS d
        UNION
        SELECT n.product_id, h.is_stopped, 0
        FROM hit AS h
        INNER JOIN product_dependencies AS n
            ON n.depends_on_id = h.product_id AND n.kind = 'requires'
    ),
    moved (product_id, currency, amount) AS (
        SELECT i.product_id, o.currency, i.line_total
        FROM orders AS o
        INNER JOIN order_items AS i ON i.order_id = o.order_id
        WHERE
            o.ordered_at >= FROM_UNIXTIME(v_from)
            AND o.ordered_at < FROM_UNIXTIME(v_to)
            AND o.status <> 'CANCELLED'
        UNION ALL
        SELECT i.product_id, r.currency, -r.refund_amount
        FROM returns AS r
        INNER JOIN order_items AS i ON i.order_item_id = r.order_item_id
        WHERE r.returned_at >= FROM_UNIXTIME(v_from) AND r.returned_at < FROM_UNIXTIME(v_to)
    ),
    sold (product_id, currency, revenue, of_all) AS (
        SELECT
            m.product_id,
            m.currency,
            SUM(m.amount),
            SUM(SUM(m.amount)) OVER (PARTITION BY m.currency)
        FROM moved AS m
        GROUP BY m.product_id, m.currency
    )
    SELECT
        p.product_id,
        p.sku,
        p.name,
        h.is_stopped,
        h.is_direct,
        COALESCE(s.revenue, 0) AS revenue,
        COALESCE(s.currency, p.currency) AS currency,
        ROUND(s.revenue / NULLIF(s.of_all, 0), 4) AS share
    FROM (
        SELECT
            hit.product_id,
            MAX(hit.is_stopped) AS is_stopped,
            MAX(hit.is_direct) AS is_direct
        FROM hit
        GROUP BY hit.product_id
    ) AS h
    INNER JOIN products AS p ON p.product_id = h.product_id
    LEFT JOIN sold AS s ON s.product_id = h.product_id
    ORDER BY share DESC, p.product_id;
END //
DELIMITER ;
