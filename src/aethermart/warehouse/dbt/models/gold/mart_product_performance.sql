-- Grain: one product of a shop and currency: one row in the shop's currency where it never sold.
-- units and revenue are of orders not cancelled, less what came back; units_sold and gross_sales
-- before that.
SELECT
  p.shop,
  p.product_id,
  p.sku,
  p.name,
  {{ member('k.category_id') }} AS category_id,
  {{ member('k.name') }} AS category,
  p.price,
  COALESCE(s.currency, {{ currency_of_shop('p.shop') }}) AS currency,
  COALESCE(s.orders, 0) AS orders,
  CAST(COALESCE(s.units_sold, 0) AS BIGINT) AS units_sold,
  CAST(COALESCE(s.units_returned, 0) AS BIGINT) AS units_returned,
  CAST(COALESCE(s.gross_sales, 0) AS DECIMAL(18,2)) AS gross_sales,
  CAST(COALESCE(s.revenue, 0) AS DECIMAL(18,2)) AS revenue,
  {{ ratio('s.units_returned', 's.units_sold') }} AS return_rate,
  COALESCE(v.reviews, 0) AS reviews,
  v.average_rating,
  COALESCE(e.views, 0) AS views,
  p.stock_quantity
FROM {{ ref('products') }} AS p
LEFT JOIN {{ ref('categories') }} AS k
  ON k.shop = p.shop
  AND k.category_id = p.category_id
LEFT JOIN (
  SELECT
    shop,
    product_id,
    currency,
    COUNT(DISTINCT CASE WHEN line_kind = 'sale' THEN order_id END) AS orders,
    SUM(CASE WHEN line_kind = 'sale' THEN quantity ELSE 0 END) AS units_sold,
    - SUM(CASE WHEN line_kind = 'refund' THEN quantity ELSE 0 END) AS units_returned,
    SUM(CASE WHEN line_kind = 'sale' THEN revenue ELSE 0 END) AS gross_sales,
    SUM(revenue) AS revenue
  FROM {{ kept_rows('v_fct_sales') }}
  WHERE order_status IS DISTINCT FROM 'CANCELLED'
    OR line_kind = 'refund'
  GROUP BY
    shop,
    product_id,
    currency
) AS s
  ON s.shop = p.shop
  AND s.product_id = p.product_id
LEFT JOIN {{ reviews_by('product_id') }} AS v
  ON v.shop = p.shop
  AND v.product_id = p.product_id
LEFT JOIN {{ rows_by(
  ref('clickstream_events'), 'product_id', 'views', "event_type = 'product_view'"
) }} AS e
  ON e.shop = p.shop
  AND e.product_id = p.product_id
