{# The rules every entity shares, first to last, as the WHEN arms of `_rule`. The model's own rules
   follow them. `s` is the staged row, `twice` the keys that occur more than once. #}
{% macro common_rules(key, required=[]) -%}
    WHEN s.{{ key }} IS NULL THEN 'missing_key'
    WHEN s._unreadable IS NOT NULL THEN 'unreadable_' || s._unreadable
    WHEN s._pack_rule IS NOT NULL THEN s._pack_rule
    {%- for column in required %}
    WHEN s.{{ column }} IS NULL THEN 'missing_{{ column }}'
    {%- endfor %}
    WHEN twice.{{ key }} IS NOT NULL THEN 'duplicate_key'
{%- endmacro %}

{# A time before the shop was there, or later than two days after the shop itself had the row: the
   days leave room for clocks and zones. #}
{% macro in_shops_life(column) -%}
  WHEN s.{{ column }} < {{ shops_beginning('s.shop') }}
      OR s.{{ column }} > s._seen_at + INTERVAL 2 DAY
      THEN 'date_outside_shops_life'
{%- endmacro %}

{# The first instant of a shop's life: what its pack says, else 1990. #}
{% macro shops_beginning(column) -%}
  {%- set told = var('shops') | selectattr('cleansing.since') | list -%}
  {%- if told -%}
  CASE {{ column }}
    {%- for shop in told %}
    WHEN '{{ shop.name }}' THEN CAST('{{ shop.cleansing.since }} 00:00:00+00' AS TIMESTAMPTZ)
    {%- endfor %}
    ELSE CAST('1990-01-01 00:00:00+00' AS TIMESTAMPTZ)
  END
  {%- else -%}
  CAST('1990-01-01 00:00:00+00' AS TIMESTAMPTZ)
  {%- endif -%}
{%- endmacro %}

{# All copies of a repeated key are set aside: which one is right is not ours to guess. #}
{% macro join_repeated(entity, key) -%}
LEFT JOIN (
  SELECT
    shop,
    {{ key }}
  FROM {{ ref('staged_' ~ entity) }}
  GROUP BY
    shop,
    {{ key }}
  HAVING COUNT(*) > 1
) AS twice
  ON twice.shop = s.shop
  AND twice.{{ key }} = s.{{ key }}
{%- endmacro %}

{# Kept rows of an entity, those that break no rule, each column in its one form. `extra`: columns
   beyond the entity's own. #}
{% macro kept(entity, extra=[]) -%}
SELECT
  c.shop,
  {%- for name, type in entity_columns(entity) %}
  {%- set value = spelled(entity, name) %}
  {{ name if value == 'c.' ~ name else value ~ ' AS ' ~ name }}{{ ',' if extra or not loop.last }}
  {%- endfor %}
  {%- for name in extra %}
  {{ name }}{{ ',' if not loop.last }}
  {%- endfor %}
FROM {{ ref(entity ~ '_checked') }} AS c
WHERE c._rule IS NULL
{%- endmacro %}

{# Broken source rows of an entity, in the columns of quarantine. #}
{% macro broken(entity, amount='CAST(NULL AS DECIMAL(18,2))', currency='CAST(NULL AS VARCHAR)') -%}
SELECT
  shop,
  _source_table AS source_table,
  '{{ entity }}' AS entity,
  _row_key AS row_key,
  _rule AS rule,
  _touch_key AS touch_key,
  {{ amount }} AS amount,
  {{ currency }} AS currency,
  CAST(_source_row AS JSON) AS source_row
FROM {{ ref(entity ~ '_checked') }}
WHERE _rule IS NOT NULL
  AND _source_table IS NOT NULL
{%- endmacro %}
