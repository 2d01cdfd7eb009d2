-- Grain: one kept address, and where it lies, as the shop wrote it: what facts want of it. Apart from
-- silver.addresses, for these columns are planned with every refresh: spelling the city here made one
-- of 20 orders take 105 instead of 70 ms.
SELECT
  c.shop,
  c.address_id,
  c.city,
  c.country
FROM {{ ref('addresses_checked') }} AS c
WHERE c._rule IS NULL
