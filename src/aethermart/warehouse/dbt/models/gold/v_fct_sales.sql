-- Grain: one order line sold, or one line refunded (quantity and line_total negative).
-- Time: ordered_at is the order's, for a refund the refund's own; ordered_on the same as a date in
-- the shop's time zone. document_id: the order, or the credit note where a refund names no order.
-- revenue: line_total, but 0 for a line of a cancelled order; a refund counts whatever its order.
-- Nulls: order_id and order_status of a refund that names no order, order_status where the shop
-- records none. Kept as gold.fct_sales by document_id.
SELECT
  i.shop,
  i.line_id,
  'sale' AS line_kind,
  i.order_id AS document_id,
  i.order_id,
  o.ordered_at,
  o.ordered_on,
  i.product_id,
  o.customer_id,
  o.channel,
  COALESCE(o.country, a.country) AS country,
  COALESCE(o.city, a.city) AS city,
  o.status AS order_status,
  i.quantity,
  i.unit_price,
  i.line_total,
  CASE
    WHEN o.status = 'CANCELLED' THEN CAST(0 AS DECIMAL(18,2))
    ELSE i.line_total
  END AS revenue,
  i.currency
FROM {{ ref('order_items') }} AS i
INNER JOIN {{ ref('orders') }} AS o
  ON o.shop = i.shop
  AND o.order_id = i.order_id
LEFT JOIN {{ ref('address_places') }} AS a
  ON a.shop = o.shop
  AND a.address_id = o.address_id
UNION ALL
SELECT
  r.shop,
  r.return_id AS line_id,
  'refund' AS line_kind,
  r.document_number AS document_id,
  r.order_id,
  r.returned_at AS ordered_at,
  r.returned_on AS ordered_on,
  r.product_id,
  COALESCE(o.customer_id, r.customer_id) AS customer_id,
  COALESCE(o.channel, r.channel) AS channel,
  COALESCE(o.country, a.country, r.country) AS country,
  COALESCE(o.city, a.city) AS city,
  o.status AS order_status,
  - r.quantity AS quantity,
  r.unit_price,
  CAST(- r.refund_amount AS DECIMAL(18,2)) AS line_total,
  CAST(- r.refund_amount AS DECIMAL(18,2)) AS revenue,
  r.currency
FROM {{ ref('returns') }} AS r
LEFT JOIN {{ ref('orders') }} AS o
  ON o.shop = r.shop
  AND o.order_id = r.order_id
LEFT JOIN {{ ref('address_places') }} AS a
  ON a.shop = o.shop
  AND a.address_id = o.address_id
