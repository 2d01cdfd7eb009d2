-- Sales by quarter of UTC's calendar and currency; currencies are never added.
-- Revenue: line totals of orders not CANCELLED, at the day of the order, less refunds, at their own
-- day; without tax and shipping. units are sold less returned.
-- DEFINER: who may see sums need not see orders.
-- Grain: one quarter and currency in which anything was sold or refunded. Nulls: growth, of revenue
--         over the quarter before, is null where that has none. Errors: none.
CREATE OR REPLACE SQL SECURITY DEFINER VIEW v_quarterly_sales AS
SELECT
    q.currency,
    q.sales_year,
    q.sales_quarter,
    q.orders,
    q.units,
    q.gross_sales,
    q.refunds,
    q.gross_sales - q.refunds AS revenue,
    ROUND(
        (q.gross_sales - q.refunds) / NULLIF(
            IF(
                q.sales_year * 4 + q.sales_quarter
                = LAG(q.sales_year * 4 + q.sales_quarter) OVER one_currency + 1,
                LAG(q.gross_sales - q.refunds) OVER one_currency,
                NULL
            ), 0
        ) - 1, 4
    ) AS growth
FROM (
    SELECT
        m.currency,
        m.sales_year,
        m.sales_quarter,
        SUM(m.orders) AS orders,
        SUM(m.units) AS units,
        SUM(m.gross_sales) AS gross_sales,
        SUM(m.refunds) AS refunds
    FROM (
        SELECT
            o.currency,
            YEAR(TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(o.ordered_at) SECOND)
                AS sales_year,
            QUARTER(TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(o.ordered_at) SECOND)
                AS sales_quarter,
            COUNT(*) AS orders,
            SUM(i.units) AS units,
            SUM(i.lines_total) AS gross_sales,
            0 AS refunds
        FROM orders AS o
        -- Order by order first, so that none need be told from another afterwards: a third less work.
        INNER JOIN (
            SELECT l.order_id, SUM(l.quantity) AS units, SUM(l.line_total) AS lines_total
            FROM order_items AS l
            GROUP BY l.order_id
        ) AS i ON i.order_id = o.order_id
        WHERE o.status <> 'CANCELLED'
        GROUP BY 1, 2, 3
        UNION ALL
        SELECT
            r.currency,
            YEAR(TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(r.returned_at) SECOND)
                AS sales_year,
            QUARTER(TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(r.returned_at) SECOND)
                AS sales_quarter,
            0 AS orders,
            -SUM(r.quantity) AS units,
            0 AS gross_sales,
            SUM(r.refund_amount) AS refunds
        FROM returns AS r
        INNER JOIN orders AS o ON o.order_id = r.order_id
        WHERE o.status <> 'CANCELLED'
        GROUP BY 1, 2, 3
    ) AS m
    GROUP BY m.currency, m.sales_year, m.sales_quarter
) AS q
WINDOW one_currency AS (PARTITION BY q.currency ORDER BY q.sales_year, q.sales_quarter);
