-- Grain: one customer number that occurs on a line. The file knows nothing more of them.
SELECT DISTINCT
  {{ whole_number_text('CustomerID') }} AS customer_id,
  CAST(NULL AS VARCHAR) AS email,
  CAST(NULL AS VARCHAR) AS first_name,
  CAST(NULL AS VARCHAR) AS last_name,
  CAST(NULL AS VARCHAR) AS phone,
  CAST(NULL AS TIMESTAMPTZ) AS created_at,
  CAST(NULL AS TIMESTAMPTZ) AS updated_at,
  {{ derived() }}
FROM {{ captured(shop, 'lines') }}
WHERE {{ whole_number_text('CustomerID') }} IS NOT NULL
