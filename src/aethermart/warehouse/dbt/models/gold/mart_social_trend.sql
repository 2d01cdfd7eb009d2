-- Grain: one product on one day that anyone posted about it or bought it: what people say beside
-- what they buy. lines_sold: of orders not cancelled.
SELECT
  COALESCE(b.shop, p.shop) AS shop,
  COALESCE(b.product_id, p.product_id) AS product_id,
  COALESCE(b.day, p.day) AS day,
  CAST(COALESCE(p.posts, 0) AS BIGINT) AS posts,
  CAST(COALESCE(p.likes, 0) AS BIGINT) AS likes,
  CAST(COALESCE(b.lines_sold, 0) AS BIGINT) AS lines_sold,
  {{ currency_of_shop('COALESCE(b.shop, p.shop)') }} AS currency
FROM (
  SELECT
    shop,
    {{ member('product_id') }} AS product_id,
    ordered_on AS day,
    COUNT(*) AS lines_sold
  FROM {{ kept_rows('v_fct_sales') }}
  WHERE line_kind = 'sale'
    AND order_status IS DISTINCT FROM 'CANCELLED'
  GROUP BY
    shop,
    {{ member('product_id') }},
    ordered_on
) AS b
FULL JOIN (
  SELECT
    shop,
    {{ member('product_id') }} AS product_id,
    posted_on AS day,
    COUNT(*) AS posts,
    SUM(likes) AS likes
  FROM {{ ref('social_posts') }}
  GROUP BY
    shop,
    {{ member('product_id') }},
    posted_on
) AS p
  ON p.shop = b.shop
  AND p.product_id = b.product_id
  AND p.day = b.day
