-- Grain: one user; the whole name stands as the last one.
SELECT
  user_id AS customer_id,
  email,
  CAST(NULL AS VARCHAR) AS first_name,
  name AS last_name,
  CAST(NULL AS VARCHAR) AS phone,
  CAST(NULL AS TIMESTAMPTZ) AS created_at,
  updated_at,
  {{ provenance(shop, 'dim_users') }}
FROM {{ captured(shop, 'dim_users') }}
