-- Grain: one product whose name has a shortened word, with the name written out. silver.products
-- keeps the name as the shop has it. Looks at all products when it is asked.
-- The shop's own names are the dictionary. A word is shortened where it ends in a full stop, or has
-- no vowel behind its first letter; what it stands for is a word of at least three products of the
-- shop, twice as frequent as itself, that it begins or whose consonants it has. Another product must
-- have that word beside the same word or, for three letters and more, in the same category (four
-- letters speak for themselves); and no other word may fit as well. Else the name stays.
WITH words AS (
{{ words_of_names(ref('products'), ['shop', 'product_id', 'category_id']) }}
),
told AS (
  SELECT
    w.*,
    LAG(w.bare) OVER (PARTITION BY w.shop, w.product_id ORDER BY w.place) AS before,
    LEAD(w.bare) OVER (PARTITION BY w.shop, w.product_id ORDER BY w.place) AS after
  FROM (
    SELECT
      shop,
      product_id,
      category_id,
      place,
      word,
      {{ replaced('LOWER(word)', '[.]+$', '') }} AS bare,
      word LIKE '%.' AS dotted
    FROM words
  ) AS w
),
counted AS (
  SELECT
    shop,
    bare,
    dotted,
    {{ can_be_said('bare') }} AS is_said,
    LENGTH(bare) AS letters,
    SUM(products) AS products,
    MAX_BY(word, LPAD(CAST(products AS VARCHAR), 12, '0') || word) AS usual
  FROM (
    SELECT
      shop,
      bare,
      dotted,
      word,
      COUNT(DISTINCT product_id) AS products
    FROM told
    WHERE {{ matches('bare', '^\\p{L}{2,}$') }}
    GROUP BY
      shop,
      bare,
      dotted,
      word
  ) AS spelled
  GROUP BY
    shop,
    bare,
    dotted
),
shortened AS (
  SELECT s.*
  FROM counted AS s
  LEFT JOIN counted AS plain
    ON plain.shop = s.shop
    AND plain.bare = s.bare
    AND NOT plain.dotted
    AND plain.is_said
  WHERE s.bare NOT IN ({{ no_abbreviations() }})
    AND (s.dotted AND plain.bare IS NULL OR NOT s.is_said AND s.letters >= 3)
),
fitting AS (
  SELECT
    s.shop,
    s.bare,
    s.dotted,
    k.bare AS whole,
    k.usual,
    s.dotted AND s.letters >= 4
      OR s.letters >= 4 AND {{ skeleton('s.bare') }} = {{ skeleton('k.bare') }} AS speaks
  FROM shortened AS s
  INNER JOIN counted AS k
    ON k.shop = s.shop
    AND SUBSTR(k.bare, 1, 1) = SUBSTR(s.bare, 1, 1)
  WHERE NOT k.dotted
    AND k.is_said
    AND k.letters >= 4
    AND k.letters > s.letters
    AND k.products >= 3
    AND k.products >= 2 * s.products
    AND (
      s.dotted
      AND k.letters >= s.letters + 2
      AND SUBSTR(k.bare, 1, s.letters) = s.bare
      AND SUBSTR(k.bare, s.letters + 1) NOT IN (
        'es', 'ed', 'er', 'ers', 'en', 'ing', 'ly', 'al', 'ish', 'less', 'ful', 'ness'
      )
      OR NOT s.is_said
      AND s.letters >= 3
      AND 3 * s.letters >= 2 * LENGTH({{ skeleton('k.bare') }})
      AND {{ letters_in_order('s.bare', 'k.bare') }}
    )
),
alone AS (
  SELECT
    shop,
    bare,
    dotted,
    COUNT(*) = 1 AND BOOL_AND(speaks) AS speaks
  FROM fitting
  GROUP BY
    shop,
    bare,
    dotted
),
beside AS (
  SELECT DISTINCT shop, bare, 'before' AS side, before AS neighbour FROM told WHERE NOT dotted
  UNION ALL
  SELECT DISTINCT shop, bare, 'after' AS side, after AS neighbour FROM told WHERE NOT dotted
  UNION ALL
  SELECT DISTINCT shop, bare, 'category' AS side, category_id AS neighbour FROM told WHERE NOT dotted
),
supported AS (
  SELECT DISTINCT
    t.shop,
    t.product_id,
    t.place,
    f.whole,
    f.usual
  FROM told AS t
  INNER JOIN fitting AS f
    ON f.shop = t.shop
    AND f.bare = t.bare
    AND f.dotted = t.dotted
  INNER JOIN alone AS a
    ON a.shop = f.shop
    AND a.bare = f.bare
    AND a.dotted = f.dotted
  LEFT JOIN beside AS b
    ON b.shop = f.shop
    AND b.bare = f.whole
    AND b.neighbour = CASE b.side
      WHEN 'before' THEN t.before
      WHEN 'after' THEN t.after
      ELSE t.category_id
    END
    AND CASE b.side
      WHEN 'category' THEN LENGTH(t.bare) >= 3
      ELSE LENGTH(b.neighbour) >= 3
        AND b.neighbour NOT IN ('and', 'the', 'for', 'with', 'und', 'mit', 'von', 'des', 'les', 'con', 'per')
    END
  WHERE (b.bare IS NOT NULL OR a.speaks)
    -- A number is counted, not named: `No. 5`.
    AND NOT (t.dotted AND COALESCE({{ matches('t.after', '^[0-9]') }}, FALSE))
),
written_out AS (
  SELECT
    shop,
    product_id,
    place,
    MIN(usual) AS usual
  FROM supported
  GROUP BY
    shop,
    product_id,
    place
  HAVING COUNT(*) = 1
)
SELECT
  t.shop,
  t.product_id,
  STRING_AGG(t.word, ' ' ORDER BY t.place) AS name,
  STRING_AGG(COALESCE(w.usual, t.word), ' ' ORDER BY t.place) AS full_name
FROM told AS t
LEFT JOIN written_out AS w
  ON w.shop = t.shop
  AND w.product_id = t.product_id
  AND w.place = t.place
GROUP BY
  t.shop,
  t.product_id
HAVING COUNT(w.usual) > 0
