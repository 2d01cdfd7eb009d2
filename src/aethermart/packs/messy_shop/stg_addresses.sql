-- Grain: one address of a customer.
SELECT
  address_id,
  customer_id,
  street,
  city,
  postal_code,
  country,
  CAST(NULL AS DECIMAL(9,6)) AS latitude,
  CAST(NULL AS DECIMAL(9,6)) AS longitude,
  {{ provenance(shop, 'customer_addresses') }}
FROM {{ captured(shop, 'customer_addresses') }}
