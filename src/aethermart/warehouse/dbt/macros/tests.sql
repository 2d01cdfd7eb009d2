{# Rows that break a promise of the model; none, when it holds. #}

{% test unique_key(model, columns) %}
SELECT
  {{ columns | join(',\n  ') }},
  COUNT(*) AS copies
FROM {{ model }}
GROUP BY
  {{ columns | join(',\n  ') }}
HAVING COUNT(*) > 1
{% endtest %}

{# One test for all columns of a model that must not be null: each test costs dbt its share. #}
{% test never_null(model, columns) %}
SELECT
  {{ columns | join(',\n  ') }}
FROM {{ model }}
WHERE {{ columns | join(' IS NULL\n  OR ') }} IS NULL
{% endtest %}

{% test belongs_to(model, to, columns) %}
SELECT
  {%- for column in columns %}
  child.{{ column }}{{ ',' if not loop.last }}
  {%- endfor %}
FROM {{ model }} AS child
LEFT JOIN {{ to }} AS parent
  ON {% for column in columns -%}
  parent.{{ column }} = child.{{ column }}{{ ' AND ' if not loop.last }}
  {%- endfor %}
WHERE parent.{{ columns[-1] }} IS NULL
{% endtest %}

{# Every row has its member of a dimension; `column` of the model names it in `key` of the other. #}
{% test member_of(model, to, column, key) %}
SELECT
  fact.shop,
  fact.{{ column }}
FROM {{ model }} AS fact
LEFT JOIN (
  SELECT DISTINCT
    shop,
    {{ key }}
  FROM {{ to }}
) AS dimension
  ON dimension.shop = fact.shop
  AND dimension.{{ key }} = fact.{{ column }}
WHERE dimension.{{ key }} IS NULL
{% endtest %}

{# A join neither lost rows nor doubled any: as many in the model as in the one it is made from, or
   in the table that is kept for a view. #}
{% test as_many_rows_as(model, other=none, kept=none) %}
SELECT
  found.rows_here,
  expected.rows_there
FROM (
  SELECT COUNT(*) AS rows_here
  FROM {{ model }}
) AS found
INNER JOIN (
  SELECT COUNT(*) AS rows_there
  FROM {{ kept_rows(kept) if kept else other }}
) AS expected
  ON expected.rows_there <> found.rows_here
{% endtest %}

{# Versions of one row never overlap, and none is empty. #}
{% test no_overlap(model, key) %}
SELECT
  shop,
  {{ key }},
  valid_from
FROM (
  SELECT
    shop,
    {{ key }},
    valid_from,
    valid_to,
    LEAD(valid_from) OVER (PARTITION BY shop, {{ key }} ORDER BY valid_from) AS next_from
  FROM {{ model }}
) AS versions
WHERE valid_to <= valid_from
  OR next_from < valid_to
  OR (next_from IS NOT NULL AND valid_to IS NULL)
{% endtest %}
