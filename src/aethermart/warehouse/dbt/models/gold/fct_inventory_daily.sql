-- Grain: one product on one day, from its first movement to the shop's last day of movements.
-- closing_stock: the sum of all movements up to the end of the day, in the shop's time zone.
-- stock_value: at the present cost of the first supplier; NULL where that is not known.
WITH moved AS (
  SELECT
    shop,
    product_id,
    moved_on,
    SUM(quantity_change) AS net,
    SUM(CASE WHEN quantity_change > 0 THEN quantity_change ELSE 0 END) AS received,
    - SUM(CASE WHEN quantity_change < 0 THEN quantity_change ELSE 0 END) AS issued
  FROM {{ ref('inventory_movements') }}
  GROUP BY
    shop,
    product_id,
    moved_on
),
spans AS (
  SELECT
    shop,
    product_id,
    MIN(moved_on) AS first_on,
    MAX(MAX(moved_on)) OVER (PARTITION BY shop) AS last_on
  FROM moved
  GROUP BY
    shop,
    product_id
),
stock AS (
  SELECT
    s.shop,
    s.product_id,
    d.date_day,
    d.date_day = s.last_on AS is_latest,
    CAST(COALESCE(m.received, 0) AS BIGINT) AS received,
    CAST(COALESCE(m.issued, 0) AS BIGINT) AS issued,
    CAST(
      SUM(COALESCE(m.net, 0)) OVER (PARTITION BY s.shop, s.product_id ORDER BY d.date_day)
      AS BIGINT
    ) AS closing_stock
  FROM spans AS s
  INNER JOIN {{ ref('dim_date') }} AS d
    ON d.date_day BETWEEN s.first_on AND s.last_on
  LEFT JOIN moved AS m
    ON m.shop = s.shop
    AND m.product_id = s.product_id
    AND m.moved_on = d.date_day
)
SELECT
  t.shop,
  t.product_id,
  {{ member('p.product_id') }} AS product_member,
  {{ member('p.category_id') }} AS category_id,
  t.date_day,
  t.is_latest,
  t.received,
  t.issued,
  t.closing_stock,
  t.closing_stock <= 0 AS is_out_of_stock,
  CAST(t.closing_stock * k.unit_cost AS DECIMAL(18,2)) AS stock_value,
  COALESCE(k.currency, {{ currency_of_shop('t.shop') }}) AS currency
FROM stock AS t
LEFT JOIN {{ ref('products') }} AS p
  ON p.shop = t.shop
  AND p.product_id = t.product_id
LEFT JOIN {{ ref('product_costs') }} AS k
  ON k.shop = t.shop
  AND k.product_id = t.product_id
