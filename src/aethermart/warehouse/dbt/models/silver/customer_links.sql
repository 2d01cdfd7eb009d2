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
  {%- for what in ['mailbox', 'phone'] %}
  SELECT
    a.shop,
    a.id,
    b.id AS other,
    '{{ what }}' AS matched_by,
    a.first_name,
    a.last_name,
    b.first_name AS other_first,
    b.last_name AS other_last
  FROM known AS a
  INNER JOIN known AS b
    ON b.shop = a.shop
    AND b.{{ what }} = a.{{ what }}
    AND b.id <> a.id
  {{- '\n  UNION ALL' if not loop.last }}
  {%- endfor %}
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
{{ links_to_the_first('customer') }}
