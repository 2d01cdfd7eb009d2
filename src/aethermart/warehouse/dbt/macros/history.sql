{# History: every version that a row ever had, from the archive, and what follows from it. #}

{# Changes of one shop's entity as they were logged, as clean as silver has the present rows. #}
{% macro archived_changes(shop, entity) -%}
  {%- set about = shop_named(shop) -%}
SELECT
  '{{ shop }}' AS shop,
  {%- for name, type in entity_columns(entity) %}
  {{ spelled(entity, name) }} AS {{ name }},
  {%- endfor %}
  c._source_table AS source_table,
  c._op AS op,
  c._committed_at AS committed_at,
  e.log_offset,
  c._position AS row_position,
  e.logged_at
FROM (
  SELECT
    {%- for name, type in entity_columns(entity) %}
    {{ read_column(about, entity, name, type) }} AS {{ name }},
    {%- endfor %}
    p._country,
    p._source_table,
    p._op,
    p._committed_at,
    p._position,
    p._entry
  FROM (
{{ placed(about, entity, ref('archived_' ~ shop ~ '__' ~ entity), text_null(),
  ['_source_table', '_op', '_committed_at', '_position', '_entry']) }}
  ) AS p
) AS c
INNER JOIN {{ source('log', '_entries') }} AS e
  ON e.shop = '{{ shop }}'
  AND e.entry = c._entry
{%- endmacro %}

{# All changes of an entity over the shops whose packs tell its history row for row. A truncation or
   a new snapshot that no longer has a row ends it: that is told as a deletion of its own. #}
{% macro changes_of(entity, key) -%}
WITH told AS (
  {%- set with_history = [] -%}
  {%- for shop in var('shops') if entity in shop.history -%}
    {%- do with_history.append(shop.name) -%}
  {%- endfor %}
  {%- for shop in with_history %}
{{ archived_changes(shop, entity) }}
    {{- '\nUNION ALL' if not loop.last }}
  {%- else %}
SELECT
  {{ text_null() }} AS shop,
  {%- for name, type in entity_columns(entity) %}
  CAST(NULL AS {{ type }}) AS {{ name }},
  {%- endfor %}
  {{ text_null() }} AS source_table,
  {{ text_null() }} AS op,
  CAST(NULL AS TIMESTAMPTZ) AS committed_at,
  CAST(NULL AS BIGINT) AS log_offset,
  CAST(NULL AS BIGINT) AS row_position,
  CAST(NULL AS TIMESTAMPTZ) AS logged_at
WHERE FALSE
  {%- endfor %}
),
ended AS (
  SELECT DISTINCT
    t.shop,
    t.source_table,
    t.{{ key }},
    r.kind,
    r.begin_offset,
    r.log_offset,
    r.position,
    r.reset_at,
    r.logged_at
  FROM told AS t
  INNER JOIN {{ source('log', '_resets') }} AS r
    ON r.shop = t.shop
    AND r.table_name = t.source_table
    AND (
      t.log_offset < r.begin_offset
      OR (r.kind = 'truncate' AND t.log_offset = r.log_offset AND t.row_position <= r.position)
    )
),
-- The row as it came back within the same entry or snapshot.
again AS (
  SELECT
    d.shop,
    d.{{ key }},
    d.log_offset,
    d.position,
    MIN(t.committed_at) AS committed_at
  FROM ended AS d
  INNER JOIN told AS t
    ON t.shop = d.shop
    AND t.{{ key }} = d.{{ key }}
    AND t.log_offset BETWEEN d.begin_offset AND d.log_offset
    AND (d.kind = 'snapshot_end' OR t.row_position > d.position)
  GROUP BY
    d.shop,
    d.{{ key }},
    d.log_offset,
    d.position
)
SELECT
  shop,
  {%- for name, type in entity_columns(entity) %}
  {{ name }},
  {%- endfor %}
  op,
  committed_at,
  log_offset,
  row_position,
  logged_at
FROM told
UNION ALL
SELECT
  d.shop,
  {%- for name, type in entity_columns(entity) %}
  {{ 'd.' ~ name if name == key else 'CAST(NULL AS ' ~ type ~ ')' }} AS {{ name }},
  {%- endfor %}
  'd' AS op,
  CASE
    WHEN a.committed_at < d.reset_at THEN a.committed_at
    ELSE d.reset_at
  END AS committed_at,
  d.log_offset,
  d.position AS row_position,
  d.logged_at
FROM ended AS d
LEFT JOIN again AS a
  ON a.shop = d.shop
  AND a.{{ key }} = d.{{ key }}
  AND a.log_offset = d.log_offset
  AND a.position = d.position
WHERE d.kind = 'truncate'
  OR a.{{ key }} IS NULL
{%- endmacro %}

{# Versions of each row by the tracked columns: valid from (included) to (excluded) as the commits
   say; of several changes at one instant the last one logged holds; a deletion ends a version and
   starts none; a change that leaves the tracked columns as they were makes none.
   covers_from: valid_from, but for the first version known the beginning of time: it stands in for
   what was before anyone looked. #}
{% macro versions_of(changes, key, tracked) -%}
WITH settled AS (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY shop, {{ key }}, committed_at
      ORDER BY log_offset DESC, row_position DESC
    ) AS from_the_last
  FROM {{ ref(changes) }}
  WHERE {{ key }} IS NOT NULL
),
compared AS (
  SELECT
    *,
    LAG(op = 'd') OVER one_row AS was_deleted,
    {%- for name in tracked %}
    LAG({{ name }}) OVER one_row AS was_{{ name }},
    {%- endfor %}
    op = 'd' AS is_deleted
  FROM settled
  WHERE from_the_last = 1
  WINDOW one_row AS (PARTITION BY shop, {{ key }} ORDER BY committed_at)
),
turns AS (
  SELECT
    *,
    LEAD(committed_at) OVER (PARTITION BY shop, {{ key }} ORDER BY committed_at) AS next_at,
    ROW_NUMBER() OVER (PARTITION BY shop, {{ key }} ORDER BY committed_at) AS turn
  FROM compared
  WHERE was_deleted IS NULL
    OR was_deleted <> is_deleted
    {%- for name in tracked %}
    OR (NOT is_deleted AND {{ name }} IS DISTINCT FROM was_{{ name }})
    {%- endfor %}
)
SELECT
  shop,
  {{ key }},
  {%- for name in tracked %}
  {{ name }},
  {%- endfor %}
  committed_at AS valid_from,
  next_at AS valid_to,
  next_at IS NULL AS is_current,
  CASE WHEN turn = 1 THEN {{ beginning_of_time() }} ELSE committed_at END AS covers_from
FROM turns
WHERE NOT is_deleted
{%- endmacro %}

{% macro beginning_of_time() -%}
  CAST('0001-01-01 00:00:00+00' AS TIMESTAMPTZ)
{%- endmacro %}

{# A dimension with history: the archive's versions, and of rows that it does not know (yet) the one
   that silver has, which then stands for all time. #}
{% macro dimension_versions(entity, key, tracked) -%}
WITH versions AS (
{{ versions_of(entity ~ '_changes', key, tracked) }}
)
SELECT
  shop,
  {{ key }},
  {%- for name in tracked %}
  {{ name }},
  {%- endfor %}
  valid_from,
  valid_to,
  is_current,
  covers_from
FROM versions
UNION ALL
SELECT
  s.shop,
  s.{{ key }},
  {%- for name in tracked %}
  s.{{ name }},
  {%- endfor %}
  {{ beginning_of_time() }} AS valid_from,
  CAST(NULL AS TIMESTAMPTZ) AS valid_to,
  TRUE AS is_current,
  {{ beginning_of_time() }} AS covers_from
FROM {{ ref(entity) }} AS s
WHERE NOT EXISTS (
  SELECT 1
  FROM {{ ref(entity ~ '_changes') }} AS c
  WHERE c.shop = s.shop
    AND c.{{ key }} = s.{{ key }}
)
{%- endmacro %}

{# The ON of a join to the version that held at an instant. #}
{% macro version_at(version, shop, key, value, instant) -%}
  {{ version }}.shop = {{ shop }}
  AND {{ version }}.{{ key }} = {{ value }}
  AND {{ version }}.covers_from <= {{ instant }}
  AND ({{ version }}.valid_to > {{ instant }} OR {{ version }}.valid_to IS NULL)
{%- endmacro %}

{# The member of a dimension that a fact belongs to; `unknown` where there is none. #}
{% macro member(expression) -%}
  COALESCE({{ expression }}, 'unknown')
{%- endmacro %}
