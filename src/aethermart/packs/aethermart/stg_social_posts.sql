-- Grain: one public post.
SELECT
  post_id,
  platform,
  author,
  body,
  product_id,
  likes,
  posted_at,
  {{ provenance(shop, 'social_posts') }}
FROM {{ captured(shop, 'social_posts') }}
