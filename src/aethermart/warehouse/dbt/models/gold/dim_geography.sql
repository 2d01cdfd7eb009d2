-- Grain: one city of a country that a shop has an order from or an address in; `unknown` stands
-- where either is not recorded. latitude, longitude: the middle of the addresses known there.
SELECT
  places.shop,
  places.country,
  places.city,
  CAST(AVG(a.latitude) AS DECIMAL(9,6)) AS latitude,
  CAST(AVG(a.longitude) AS DECIMAL(9,6)) AS longitude
FROM (
  {%- for relation in [kept_rows('v_fct_orders'), kept_rows('v_fct_sales'), ref('addresses')] %}
  SELECT
    shop,
    {{ member('country') }} AS country,
    {{ member('city') }} AS city
  FROM {{ relation }}
  UNION
  {%- endfor %}
  SELECT
    shop,
    'unknown' AS country,
    'unknown' AS city
  FROM {{ ref('dim_shop') }}
) AS places
LEFT JOIN {{ ref('addresses') }} AS a
  ON a.shop = places.shop
  AND a.country = places.country
  AND a.city = places.city
GROUP BY
  places.shop,
  places.country,
  places.city
