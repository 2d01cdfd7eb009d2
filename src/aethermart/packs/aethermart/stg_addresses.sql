-- Grain: one address of a customer. country: ISO 3166 alpha-2.
SELECT
  address_id,
  customer_id,
  street,
  city,
  postal_code,
  country,
  latitude,
  longitude,
  {{ provenance(shop, 'customer_addresses') }}
FROM {{ captured(shop, 'customer_addresses') }}
