-- Sales lines add up to the lines of silver, per shop and currency: none were lost on the way to gold.
SELECT
  COALESCE(f.shop, s.shop) AS shop,
  COALESCE(f.currency, s.currency) AS currency,
  f.total AS in_gold,
  s.total AS in_silver
FROM (
  SELECT
    shop,
    currency,
    SUM(line_total) AS total
  FROM {{ ref('v_fct_sales') }}
  WHERE line_kind = 'sale'
  GROUP BY
    shop,
    currency
) AS f
FULL JOIN (
  SELECT
    shop,
    currency,
    SUM(line_total) AS total
  FROM {{ ref('order_items') }}
  GROUP BY
    shop,
    currency
) AS s
  ON s.shop = f.shop
  AND s.currency = f.currency
WHERE f.total IS DISTINCT FROM s.total
