-- Grain: one version of one customer, from valid_from (included) to valid_to (excluded), and one
-- `unknown` a shop.
WITH versions AS (
{{ dimension_versions('customers', 'customer_id', ['email', 'first_name', 'last_name', 'phone']) }}
)
SELECT
  shop,
  customer_id,
  email,
  first_name,
  last_name,
  phone,
  valid_from,
  valid_to,
  is_current,
  covers_from
FROM versions
UNION ALL
SELECT
  shop,
  'unknown' AS customer_id,
  {{ text_null() }} AS email,
  {{ text_null() }} AS first_name,
  'Unknown' AS last_name,
  {{ text_null() }} AS phone,
  {{ beginning_of_time() }} AS valid_from,
  CAST(NULL AS TIMESTAMPTZ) AS valid_to,
  TRUE AS is_current,
  {{ beginning_of_time() }} AS covers_from
FROM {{ ref('dim_shop') }}
