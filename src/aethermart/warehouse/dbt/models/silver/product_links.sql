-- Grain: one product that is another one again. canonical_product_id: the first of them, which has
-- no row here. Nothing is merged: facts keep the product they name.
-- Two are one product where the sku is the same but for case and punctuation, and the name is
-- alike; or where name, category and price are the same. Variants (another colour, another size)
-- stay several. Looks at all products when it is asked.
WITH known AS (
  SELECT
    shop,
    product_id AS id,
    {{ born('created_at', 'product_id') }} AS born,
    {{ bare_text('sku') }} AS sku,
    {{ bare_text('name') }} AS name,
    category_id,
    price,
    currency
  FROM {{ ref('products') }}
),
pairs AS (
  SELECT
    a.shop,
    a.id,
    b.id AS other,
    'sku' AS matched_by
  FROM known AS a
  INNER JOIN known AS b
    ON b.shop = a.shop
    AND b.sku = a.sku
    AND b.id <> a.id
  WHERE {{ likeness('a.name', 'b.name') }} >= 0.8
  UNION
  SELECT
    a.shop,
    a.id,
    b.id AS other,
    'name' AS matched_by
  FROM known AS a
  INNER JOIN known AS b
    ON b.shop = a.shop
    AND b.name = a.name
    AND b.price = a.price
    AND b.currency = a.currency
    AND b.category_id = a.category_id
    AND b.id <> a.id
),
{{ links_to_the_first('product') }}
