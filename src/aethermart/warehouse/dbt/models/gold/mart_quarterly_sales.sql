-- Grain: one quarter of the shop's own calendar, shop and currency, in which anything was sold or
-- refunded. growth: of revenue over the quarter before, NULL where that had none.
SELECT
  q.shop,
  q.currency,
  q.year,
  q.quarter,
  q.orders,
  q.units,
  q.gross_sales,
  q.refunds,
  q.revenue,
  CASE
    WHEN q.year * 4 + q.quarter
      = LAG(q.year * 4 + q.quarter) OVER one_series + 1
      THEN {{ ratio('q.revenue - LAG(q.revenue) OVER one_series', 'LAG(q.revenue) OVER one_series') }}
  END AS growth
FROM (
  SELECT
    s.shop,
    s.currency,
    CAST(EXTRACT(YEAR FROM s.ordered_on) AS BIGINT) AS year,
    CAST(EXTRACT(QUARTER FROM s.ordered_on) AS BIGINT) AS quarter,
    COUNT(DISTINCT CASE WHEN s.line_kind = 'sale' AND s.order_status IS DISTINCT FROM 'CANCELLED'
      THEN s.order_id END) AS orders,
    CAST(SUM(CASE WHEN s.line_kind = 'refund' OR s.order_status IS DISTINCT FROM 'CANCELLED'
      THEN s.quantity ELSE 0 END) AS BIGINT) AS units,
    CAST(SUM(CASE WHEN s.line_kind = 'sale' THEN s.revenue ELSE 0 END) AS DECIMAL(18,2))
      AS gross_sales,
    CAST(- SUM(CASE WHEN s.line_kind = 'refund' THEN s.revenue ELSE 0 END) AS DECIMAL(18,2))
      AS refunds,
    CAST(SUM(s.revenue) AS DECIMAL(18,2)) AS revenue
  FROM {{ kept_rows('v_fct_sales') }} AS s
  GROUP BY
    s.shop,
    s.currency,
    EXTRACT(YEAR FROM s.ordered_on),
    EXTRACT(QUARTER FROM s.ordered_on)
) AS q
WINDOW one_series AS (PARTITION BY q.shop, q.currency ORDER BY q.year, q.quarter)
