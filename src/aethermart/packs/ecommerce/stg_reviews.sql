-- Grain: one review of a product.
SELECT
  review_id,
  product_id,
  customer_id,
  CAST(NULL AS VARCHAR) AS order_id,
  rating,
  title,
  body,
  created_at AS reviewed_at,
  {{ provenance(shop, 'reviews') }}
FROM {{ captured(shop, 'reviews') }}
