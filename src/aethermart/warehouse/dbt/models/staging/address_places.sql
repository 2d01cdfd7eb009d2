-- Grain: one kept address, and where it lies: what facts want of it. Apart from silver.addresses, for
-- these columns are planned with every refresh.
SELECT
  c.shop,
  c.address_id,
  {{ spelled('addresses', 'city') }} AS city,
  c.country
FROM {{ ref('addresses_checked') }} AS c
WHERE c._rule IS NULL
