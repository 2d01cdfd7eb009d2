-- Grain: one line of fct_sales with what its goods cost the shop.
-- gross_margin: revenue less the present cost of the pieces, which a refund gives back; NULL where the
-- cost is not known in the line's currency; 0 for a line of a cancelled order. category: the present
-- one of the product.
SELECT
  f.shop,
  f.line_id,
  f.line_kind,
  f.ordered_at,
  f.ordered_on,
  f.channel,
  f.country,
  {{ member('p.product_id') }} AS product_member,
  {{ member('k.name') }} AS category,
  f.quantity,
  f.revenue,
  f.currency,
  w.unit_cost,
  CAST(
    CASE
      WHEN f.order_status = 'CANCELLED' AND f.line_kind = 'sale' THEN 0
      WHEN w.currency = f.currency THEN f.revenue - f.quantity * w.unit_cost
    END AS DECIMAL(18,2)
  ) AS gross_margin
FROM {{ kept_rows('v_fct_sales') }} AS f
LEFT JOIN {{ ref('product_costs') }} AS w
  ON w.shop = f.shop
  AND w.product_id = f.product_id
LEFT JOIN {{ ref('products') }} AS p
  ON p.shop = f.shop
  AND p.product_id = f.product_id
LEFT JOIN {{ ref('categories') }} AS k
  ON k.shop = p.shop
  AND k.category_id = p.category_id
