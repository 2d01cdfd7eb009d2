-- Grain: one user, of whose address only the city is known.
SELECT
  user_id AS address_id,
  user_id AS customer_id,
  CAST(NULL AS VARCHAR) AS street,
  NULLIF(city, '') AS city,
  CAST(NULL AS VARCHAR) AS postal_code,
  CAST(NULL AS VARCHAR) AS country,
  CAST(NULL AS DECIMAL(9,6)) AS latitude,
  CAST(NULL AS DECIMAL(9,6)) AS longitude,
  {{ derived() }}
FROM {{ captured(shop, 'dim_users') }}
