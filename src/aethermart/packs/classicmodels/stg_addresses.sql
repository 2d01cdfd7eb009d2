-- Grain: one customer, whose own row is the address. country: its English name, as the shop has it.
SELECT
  "customerNumber" AS address_id,
  "customerNumber" AS customer_id,
  CONCAT_WS(', ', "addressLine1", "addressLine2") AS street,
  TRIM("city") AS city,
  "postalCode" AS postal_code,
  TRIM("country") AS country,
  CAST(NULL AS DECIMAL(9,6)) AS latitude,
  CAST(NULL AS DECIMAL(9,6)) AS longitude,
  {{ derived() }}
FROM {{ captured(shop, 'customers') }}
