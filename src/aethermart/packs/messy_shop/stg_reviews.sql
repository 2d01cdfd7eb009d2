-- Grain: one review of a product.
SELECT
  review_id,
  product_id,
  customer_id,
  order_id,
  rating,
  title,
  CAST(NULL AS VARCHAR) AS body,
  reviewed_at,
  {{ provenance(shop, 'reviews') }}
FROM {{ captured(shop, 'reviews') }}
