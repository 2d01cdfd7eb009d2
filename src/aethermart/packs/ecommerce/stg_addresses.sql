-- Grain: one customer, whose own row has the place. country: ISO 3166 alpha-2.
SELECT
  customer_id AS address_id,
  customer_id,
  CAST(NULL AS VARCHAR) AS street,
  city,
  CAST(NULL AS VARCHAR) AS postal_code,
  country,
  CAST(NULL AS DECIMAL(9,6)) AS latitude,
  CAST(NULL AS DECIMAL(9,6)) AS longitude,
  {{ derived() }}
FROM {{ captured(shop, 'customers') }}
