-- Grain: one kept order line that is no ordinary sale, once a reason.
-- not_goods: postage, a fee, a discount. stock_entry: of an order without a customer in which
-- nothing costs anything, or pieces that went out below zero. free_item: costs nothing in an order
-- in which something does.
WITH lines AS (
  SELECT
    i.shop,
    i._source_table AS source_table,
    i._row_key AS row_key,
    i.quantity,
    i.unit_price,
    o.customer_id,
    MAX(ABS(i.unit_price)) OVER (PARTITION BY i.shop, i.order_id) AS dearest,
    COALESCE({{ not_goods('p.name') }}, FALSE) AS is_not_goods
  FROM {{ ref('order_items_checked') }} AS i
  INNER JOIN {{ ref('orders') }} AS o
    ON o.shop = i.shop
    AND o.order_id = i.order_id
  LEFT JOIN {{ ref('products') }} AS p
    ON p.shop = i.shop
    AND p.product_id = i.product_id
  WHERE i._rule IS NULL
)
SELECT
  shop,
  source_table,
  row_key,
  'product_id' AS column_name,
  'not_goods' AS finding
FROM lines
WHERE is_not_goods
UNION ALL
SELECT
  shop,
  source_table,
  row_key,
  CASE WHEN quantity < 0 THEN 'quantity' ELSE 'unit_price' END AS column_name,
  CASE
    WHEN quantity < 0 OR dearest = 0 AND customer_id IS NULL THEN 'stock_entry'
    ELSE 'free_item'
  END AS finding
FROM lines
WHERE NOT is_not_goods
  AND (quantity < 0 OR unit_price = 0)
