-- Grain: one customer who is another one again. canonical_customer_id: the first of them, which has
-- no row here. A customer keeps the key and every order; nothing is merged.
-- Two are one person where the name is alike and the mailbox (without its tag) or the telephone is
-- the same; a couple with one telephone, and namesakes with nothing in common, stay two. What more
-- than 20 share (a switchboard, a made-up number) is nobody's.
-- matched_by: what they share with another of the group. Looks at all customers when it is asked.
WITH everyone AS (
  SELECT
    shop,
    customer_id AS id,
    {{ born('created_at', 'customer_id') }} AS born,
    {{ replaced('email', '\\+[^@]*@', '@') }} AS mailbox,
    phone,
    {{ bare_text('first_name') }} AS first_name,
    {{ bare_text('last_name') }} AS last_name
  FROM {{ ref('customers') }}
),
known AS (
  SELECT
    shop,
    id,
    born,
    CASE WHEN COUNT(*) OVER (PARTITION BY shop, mailbox) <= 20 THEN mailbox END AS mailbox,
    CASE WHEN COUNT(*) OVER (PARTITION BY shop, phone) <= 20 THEN phone END AS phone,
    first_name,
    last_name
  FROM everyone
),
sharing AS (
  SELECT
    a.shop,
    a.id,
    b.id AS other,
    'mailbox' AS matched_by,
    a.first_name,
    a.last_name,
    b.first_name AS other_first,
    b.last_name AS other_last
  FROM known AS a
  INNER JOIN known AS b
    ON b.shop = a.shop
    AND b.mailbox = a.mailbox
    AND b.id <> a.id
  UNION ALL
  SELECT
    a.shop,
    a.id,
    b.id AS other,
    'phone' AS matched_by,
    a.first_name,
    a.last_name,
    b.first_name AS other_first,
    b.last_name AS other_last
  FROM known AS a
  INNER JOIN known AS b
    ON b.shop = a.shop
    AND b.phone = a.phone
    AND b.id <> a.id
),
pairs AS (
  SELECT
    shop,
    id,
    other,
    MIN(matched_by) AS matched_by
  FROM sharing
  WHERE (
      {{ likeness('first_name', 'other_first') }} >= 0.9
      OR LENGTH(first_name) = 1 AND LEFT(other_first, 1) = first_name
      OR LENGTH(other_first) = 1 AND LEFT(first_name, 1) = other_first
    )
    AND {{ likeness('last_name', 'other_last') }} >= 0.85
  GROUP BY
    shop,
    id,
    other
),
reached_0 AS (
  SELECT
    k.shop,
    k.id,
    MIN(k.born) AS first_id
  FROM known AS k
  INNER JOIN pairs AS p
    ON p.shop = k.shop
    AND p.id = k.id
  GROUP BY
    k.shop,
    k.id
),
{{ first_of_group('known', 'pairs') }}
SELECT
  r.shop,
  r.id AS customer_id,
  f.id AS canonical_customer_id,
  MIN(p.matched_by) AS matched_by
FROM reached_3 AS r
INNER JOIN known AS f
  ON f.shop = r.shop
  AND f.born = r.first_id
INNER JOIN pairs AS p
  ON p.shop = r.shop
  AND p.id = r.id
WHERE f.id <> r.id
GROUP BY
  r.shop,
  r.id,
  f.id
