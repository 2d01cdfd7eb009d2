-- Grain: one line of fct_sales, its amounts also in the reporting currency at the rate that held on
-- its business date (in the shop's time zone), rounded a line half up to the minor unit.
-- currency is the reporting one; the line's own and its amounts stand beside it.
SELECT
  f.shop,
  f.line_id,
  f.line_kind,
  f.document_id,
  f.order_id,
  f.ordered_at,
  f.ordered_on,
  f.channel,
  f.country,
  f.order_status,
  f.currency AS original_currency,
  f.line_total AS original_line_total,
  f.revenue AS original_revenue,
  r.reporting_currency AS currency,
  r.rate,
  r.rate_date,
  r.no_rate_reason,
  {{ money('CAST(f.line_total AS DECIMAL(18,2)) * CAST(r.rate AS DECIMAL(20,10))') }}
    AS line_total,
  {{ money('CAST(f.revenue AS DECIMAL(18,2)) * CAST(r.rate AS DECIMAL(20,10))') }} AS revenue
FROM {{ kept_rows('v_fct_sales') }} AS f
LEFT JOIN {{ ref('reporting_rates') }} AS r
  ON r.ordered_on = f.ordered_on
  AND r.currency = f.currency
