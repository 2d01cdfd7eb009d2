-- Grain: one campaign of a shop. Lines sold of the promoted products during it, beside the same
-- number of days before; and of all other products in the same two spans, which the season moves
-- alike: the control. lift: how many times the promoted ones sold more than the control says they
-- would have, less one; NULL where a span to compare with sold nothing.
WITH campaigns AS (
  SELECT
    shop,
    campaign,
    MIN(starts_at) AS starts_at,
    MAX(ends_at) AS ends_at,
    COUNT(*) AS products
  FROM {{ ref('promotions') }}
  GROUP BY
    shop,
    campaign
),
sold AS (
  SELECT
    c.shop,
    c.campaign,
    p.product_id IS NOT NULL AS is_promoted,
    f.ordered_at >= c.starts_at AS is_during,
    COUNT(*) AS lines,
    SUM(f.revenue) AS revenue
  FROM campaigns AS c
  INNER JOIN {{ kept_rows('v_fct_sales') }} AS f
    ON f.shop = c.shop
    AND f.ordered_at >= c.starts_at - (c.ends_at - c.starts_at)
    AND f.ordered_at < c.ends_at
    AND f.line_kind = 'sale'
  LEFT JOIN (
    SELECT DISTINCT
      shop,
      campaign,
      product_id
    FROM {{ ref('promotions') }}
  ) AS p
    ON p.shop = c.shop
    AND p.campaign = c.campaign
    AND p.product_id = f.product_id
  GROUP BY
    c.shop,
    c.campaign,
    p.product_id IS NOT NULL,
    f.ordered_at >= c.starts_at
),
spans AS (
  SELECT
    shop,
    campaign,
    SUM(CASE WHEN is_promoted AND is_during THEN lines ELSE 0 END) AS promoted_during,
    SUM(CASE WHEN is_promoted AND NOT is_during THEN lines ELSE 0 END) AS promoted_before,
    SUM(CASE WHEN NOT is_promoted AND is_during THEN lines ELSE 0 END) AS control_during,
    SUM(CASE WHEN NOT is_promoted AND NOT is_during THEN lines ELSE 0 END) AS control_before,
    SUM(CASE WHEN is_promoted AND is_during THEN revenue ELSE 0 END) AS promoted_revenue
  FROM sold
  GROUP BY
    shop,
    campaign
)
SELECT
  c.shop,
  c.campaign,
  c.starts_at,
  c.ends_at,
  c.products,
  CAST(COALESCE(s.promoted_during, 0) AS BIGINT) AS promoted_during,
  CAST(COALESCE(s.promoted_before, 0) AS BIGINT) AS promoted_before,
  CAST(COALESCE(s.control_during, 0) AS BIGINT) AS control_during,
  CAST(COALESCE(s.control_before, 0) AS BIGINT) AS control_before,
  CAST(COALESCE(s.promoted_revenue, 0) AS DECIMAL(18,2)) AS promoted_revenue,
  CAST(
    (s.promoted_during * s.control_before)
    / CAST(NULLIF(s.promoted_before * s.control_during, 0) AS DOUBLE) - 1
    AS DECIMAL(18,6)
  ) AS lift
FROM campaigns AS c
LEFT JOIN spans AS s
  ON s.shop = c.shop
  AND s.campaign = c.campaign
