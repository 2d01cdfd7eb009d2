-- Grain: one category of a shop, and one `unknown` a shop. root_name: that of the top of its branch,
-- three levels up at most.
SELECT
  c.shop,
  c.category_id,
  c.name,
  c.parent_id,
  p.name AS parent_name,
  COALESCE(g.name, p.name, c.name) AS root_name
FROM {{ ref('categories') }} AS c
LEFT JOIN {{ ref('categories') }} AS p
  ON p.shop = c.shop
  AND p.category_id = c.parent_id
LEFT JOIN {{ ref('categories') }} AS g
  ON g.shop = p.shop
  AND g.category_id = p.parent_id
UNION ALL
SELECT
  shop,
  'unknown' AS category_id,
  'Unknown' AS name,
  {{ text_null() }} AS parent_id,
  {{ text_null() }} AS parent_name,
  'Unknown' AS root_name
FROM {{ ref('dim_shop') }}
