-- Grain: one customer, a firm; the names are those of its contact.
SELECT
  "customerNumber" AS customer_id,
  CAST(NULL AS VARCHAR) AS email,
  TRIM("contactFirstName") AS first_name,
  TRIM("contactLastName") AS last_name,
  "phone" AS phone,
  CAST(NULL AS TIMESTAMPTZ) AS created_at,
  CAST(NULL AS TIMESTAMPTZ) AS updated_at,
  "salesRepEmployeeNumber" AS sales_rep,
  {{ provenance(shop, 'customers') }}
FROM {{ captured(shop, 'customers') }}
