-- Grain: one product in one campaign.
SELECT
  promotion_id,
  campaign,
  product_id,
  discount_percent,
  starts_at,
  ends_at,
  {{ provenance(shop, 'promotions') }}
FROM {{ captured(shop, 'promotions') }}
