-- v_quarterly_sales under the name that the documents gave it: on Linux names of views are told
-- apart by their capitals.
-- Grain: one quarter and currency, as there. Errors: none.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW v_QuarterlySales AS
SELECT
    q.currency,
    q.sales_year,
    q.sales_quarter,
    q.orders,
    q.units,
    q.gross_sales,
    q.refunds,
    q.revenue,
    q.growth
FROM v_quarterly_sales AS q;
