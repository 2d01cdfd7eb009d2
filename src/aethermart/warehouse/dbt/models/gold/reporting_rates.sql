-- Grain: one currency on one day that anything was sold or refunded in it.
-- rate: units of the reporting currency for one; the last known on or before the day, from the
-- currency itself or, where only that is known, as the inverse. NULL, never 1, where none is known:
-- no_rate_reason says why. Where several sources know a day, the project's own file holds, else the
-- first shop by name.
WITH known AS (
  SELECT
    0 AS source_rank,
    '' AS shop,
    rate_date,
    currency,
    quote_currency,
    rate
  FROM {{ source('project', 'rates_file') }}
  UNION ALL
  SELECT
    1 AS source_rank,
    shop,
    rate_date,
    currency,
    quote_currency,
    rate
  FROM {{ ref('exchange_rates') }}
),
directed AS (
  SELECT
    source_rank,
    shop,
    rate_date,
    currency,
    0 AS is_inverse,
    CAST(rate AS DECIMAL(28,12)) AS rate
  FROM known
  WHERE quote_currency = '{{ var('reporting_currency') }}'
  UNION ALL
  SELECT
    source_rank,
    shop,
    rate_date,
    quote_currency AS currency,
    1 AS is_inverse,
    CAST(1 / CAST(rate AS DOUBLE) AS DECIMAL(28,12)) AS rate
  FROM known
  WHERE currency = '{{ var('reporting_currency') }}'
),
chosen AS (
  SELECT
    *,
    LEAD(rate_date) OVER (PARTITION BY currency ORDER BY rate_date) AS next_date
  FROM (
    SELECT
      *,
      ROW_NUMBER() OVER (
        PARTITION BY currency, rate_date
        ORDER BY source_rank, is_inverse, shop
      ) AS place
    FROM directed
  ) AS ranked
  WHERE place = 1
),
wanted AS (
  SELECT DISTINCT
    ordered_on,
    currency
  FROM {{ kept_rows('v_fct_sales') }}
)
SELECT
  n.ordered_on,
  n.currency,
  '{{ var('reporting_currency') }}' AS reporting_currency,
  CASE
    WHEN n.currency = '{{ var('reporting_currency') }}' THEN CAST(1 AS DECIMAL(28,12))
    ELSE c.rate
  END AS rate,
  CASE
    WHEN n.currency = '{{ var('reporting_currency') }}' THEN n.ordered_on
    ELSE c.rate_date
  END AS rate_date,
  CASE
    WHEN n.currency = '{{ var('reporting_currency') }}' OR c.rate IS NOT NULL THEN NULL
    WHEN EXISTS (SELECT 1 FROM chosen AS later WHERE later.currency = n.currency)
      THEN 'no rate on or before the day'
    ELSE 'no rate for the currency'
  END AS no_rate_reason
FROM wanted AS n
LEFT JOIN chosen AS c
  ON c.currency = n.currency
  AND c.rate_date <= n.ordered_on
  AND (c.next_date > n.ordered_on OR c.next_date IS NULL)
