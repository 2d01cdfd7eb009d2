{# Duplicates: each row of a group belongs to the first of it. #}

{# The end of a model whose CTEs `known` (shop, id and a sort key `born`) and `pairs` (shop, id,
   other, matched_by) say who is who again: a row for each that is not the first of its group. The
   smallest member is reached over the pairs in a few rounds: a chain of more than eight is cut,
   which no pair rule here makes. #}
{% macro links_to_the_first(what, rounds=3) -%}
reached_0 AS (
  SELECT DISTINCT
    k.shop,
    k.id,
    k.born AS first_id
  FROM known AS k
  INNER JOIN pairs AS p
    ON p.shop = k.shop
    AND p.id = k.id
)
  {%- for round in range(rounds) %},
reached_{{ round + 1 }} AS (
  SELECT
    r.shop,
    r.id,
    {{ least_of('r.first_id', 'MIN(n.first_id)') }} AS first_id
  FROM {{ 'reached_' ~ round }} AS r
  LEFT JOIN pairs AS p
    ON p.shop = r.shop
    AND p.id = r.id
  LEFT JOIN {{ 'reached_' ~ round }} AS n
    ON n.shop = p.shop
    AND n.id = p.other
  GROUP BY
    r.shop,
    r.id,
    r.first_id
)
  {%- endfor %}
SELECT
  r.shop,
  r.id AS {{ what }}_id,
  f.id AS canonical_{{ what }}_id,
  MIN(p.matched_by) AS matched_by
FROM {{ 'reached_' ~ rounds }} AS r
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
{%- endmacro %}

{% macro least_of(one, other) -%}
  LEAST({{ one }}, COALESCE({{ other }}, {{ one }}))
{%- endmacro %}

{# How alike two texts are, 0 to 1, in spite of a slip. #}
{% macro likeness(one, other) -%}
  {{ adapter.dispatch('likeness')(one, other) }}
{%- endmacro %}

{% macro default__likeness(one, other) -%}
  JARO_WINKLER_SIMILARITY({{ one }}, {{ other }})
{%- endmacro %}

{% macro spark__likeness(one, other) -%}
  (1 - LEVENSHTEIN({{ one }}, {{ other }}) / GREATEST(LENGTH({{ one }}), LENGTH({{ other }}), 1))
{%- endmacro %}

{# Letters and digits alone, small, without accents: what two spellings of one name share. #}
{% macro bare_text(expression) -%}
  {{ adapter.dispatch('bare_text')(expression) }}
{%- endmacro %}

{% macro default__bare_text(expression) -%}
  {{ replaced("STRIP_ACCENTS(LOWER(" ~ expression ~ "))", "[^\\p{L}\\p{N}]+", "") }}
{%- endmacro %}

{% macro spark__bare_text(expression) -%}
  {{ replaced("LOWER(" ~ expression ~ ")", "[^\\p{L}\\p{N}]+", "") }}
{%- endmacro %}

{# Text that sorts rows by when they were made, then by key; unique within a shop. #}
{% macro born(created_at, key) -%}
  COALESCE(CAST({{ created_at }} AS VARCHAR), '9999') || '|' || LPAD({{ key }}, 20, '0')
{%- endmacro %}
