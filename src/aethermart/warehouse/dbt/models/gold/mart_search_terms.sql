-- Grain: one query on one day that anyone searched for it. What was opened or put into the basket
-- counts on the day of its search; nowhere, where the shop has no event of the search.
SELECT
  c.shop,
  c.query,
  c.day,
  c.searches,
  c.zero_results,
  c.searches_clicked,
  c.clicks,
  c.carts,
  {{ ratio('c.zero_results', 'c.searches') }} AS zero_result_share,
  {{ ratio('c.searches_clicked', 'c.searches') }} AS click_through_rate
FROM (
  SELECT
    s.shop,
    s.query,
    s.day,
    COUNT(*) AS searches,
    CAST(SUM(CASE WHEN s.result_count = 0 THEN 1 ELSE 0 END) AS BIGINT) AS zero_results,
    CAST(SUM(CASE WHEN d.clicks + d.carts > 0 THEN 1 ELSE 0 END) AS BIGINT) AS searches_clicked,
    CAST(SUM(COALESCE(d.clicks, 0)) AS BIGINT) AS clicks,
    CAST(SUM(COALESCE(d.carts, 0)) AS BIGINT) AS carts
  FROM (
    SELECT
      shop,
      search_id,
      MIN(LOWER(search_query)) AS query,
      MIN(occurred_on) AS day,
      MAX(result_count) AS result_count
    FROM {{ ref('clickstream_events') }}
    WHERE event_type = 'search'
      AND search_id IS NOT NULL
      AND search_query <> ''
    GROUP BY
      shop,
      search_id
  ) AS s
  LEFT JOIN (
    SELECT
      shop,
      search_id,
      SUM(CASE WHEN event_type = 'product_view' THEN 1 ELSE 0 END) AS clicks,
      SUM(CASE WHEN event_type = 'add_to_cart' THEN 1 ELSE 0 END) AS carts
    FROM {{ ref('clickstream_events') }}
    WHERE event_type <> 'search'
      AND search_id IS NOT NULL
    GROUP BY
      shop,
      search_id
  ) AS d
    ON d.shop = s.shop
    AND d.search_id = s.search_id
  GROUP BY
    s.shop,
    s.query,
    s.day
) AS c
