{# What the rendered project says about a shop and its pack (`vars` in dbt_project.yml). #}

{% macro shop_named(shop) -%}
  {{ return(var('shops') | selectattr('name', 'equalto', shop) | first) }}
{%- endmacro %}

{% macro shop_currency(shop) -%}
  '{{ shop_named(shop).currency }}'
{%- endmacro %}

{# Rows of one captured table. Here the mirror holds the current ones; on an engine that reads the
   archive this macro alone changes, to the newest row of each key. #}
{% macro captured(shop, table) -%}
  {{ source(shop, table) }}
{%- endmacro %}

{# Where a staged row comes from: table, key, the order it belongs to (else its own key), the first
   column whose text could not be read, and the source's row. An unused one costs nothing. #}
{% macro provenance(shop, table, alias='') -%}
  {%- set about = shop_named(shop).tables[table] -%}
  {%- set prefix = alias ~ '.' if alias else '' -%}
  '{{ table }}' AS _source_table,
  {{ key_text(about.key, prefix) }} AS _row_key,
  {{ key_text([about.touches] if about.touches else about.key, prefix) }} AS _touch_key,
  {{ first_unreadable(about.parse, prefix) }} AS _unreadable,
  {{ row_json(about.columns, prefix) }} AS _source_row
{%- endmacro %}

{# A staged row that was grouped out of several source rows, which are accounted for elsewhere. #}
{% macro derived() -%}
  CAST(NULL AS VARCHAR) AS _source_table,
  CAST(NULL AS VARCHAR) AS _row_key,
  CAST(NULL AS VARCHAR) AS _touch_key,
  CAST(NULL AS VARCHAR) AS _unreadable,
  CAST(NULL AS VARCHAR) AS _source_row
{%- endmacro %}

{% macro key_text(columns, prefix) -%}
  {%- for column in columns -%}
    CAST({{ prefix }}"{{ column }}" AS VARCHAR){{ " || '|' || " if not loop.last }}
  {%- endfor -%}
{%- endmacro %}

{% macro first_unreadable(parse, prefix) -%}
  {%- if parse -%}
  CASE
    {%- for column, type in parse.items() %}
    WHEN {{ prefix }}"{{ column }}" <> '' AND {{ unreadable(prefix ~ '"' ~ column ~ '"', type) }}
      THEN '{{ column }}'
    {%- endfor %}
  END
  {%- else -%}
  CAST(NULL AS VARCHAR)
  {%- endif -%}
{%- endmacro %}

{# One entity over all shops: `columns` are (name, type); `local_dates` are (name, time column): the
   date in the shop's own time zone. Without any shop it has no rows. #}
{% macro union_shops(entity, local_dates=[]) -%}
  {%- set shops = [] -%}
  {%- for shop in var('shops') if entity in shop.entities -%}{%- do shops.append(shop) -%}{%- endfor -%}
  {%- for shop in shops %}
SELECT
  '{{ shop.name }}' AS shop,
  {%- for name, type in entity_columns(entity) %}
  CAST({{ name }} AS {{ type }}) AS {{ name }},
  {%- endfor %}
  {%- for name, time in local_dates %}
  {{ utc_to_local_date(shop.time_zone, time) }} AS {{ name }},
  {%- endfor %}
  {{ pack_rule(shop, entity) }} AS _pack_rule,
  _source_table,
  _row_key,
  _touch_key,
  _unreadable,
  _source_row
FROM {{ ref('stg_' ~ shop.name ~ '__' ~ entity) }}
  {{ 'UNION ALL' if not loop.last }}
  {%- else %}
SELECT
  CAST(NULL AS VARCHAR) AS shop,
  {%- for name, type in entity_columns(entity) %}
  CAST(NULL AS {{ type }}) AS {{ name }},
  {%- endfor %}
  {%- for name, time in local_dates %}
  CAST(NULL AS DATE) AS {{ name }},
  {%- endfor %}
  CAST(NULL AS VARCHAR) AS _pack_rule,
  CAST(NULL AS VARCHAR) AS _source_table,
  CAST(NULL AS VARCHAR) AS _row_key,
  CAST(NULL AS VARCHAR) AS _touch_key,
  CAST(NULL AS VARCHAR) AS _unreadable,
  CAST(NULL AS VARCHAR) AS _source_row
WHERE FALSE
  {%- endfor %}
{%- endmacro %}

{% macro pack_rule(shop, entity) -%}
  {%- set rules = [] -%}
  {%- for rule in shop.rules if entity in rule.entities -%}{%- do rules.append(rule) -%}{%- endfor -%}
  {%- if rules -%}
  CASE
    {%- for rule in rules %}
    WHEN {{ rule.broken_when }} THEN '{{ rule.name }}'
    {%- endfor %}
  END
  {%- else -%}
  CAST(NULL AS VARCHAR)
  {%- endif -%}
{%- endmacro %}

{# The currency of the shop named in a column. #}
{% macro currency_of_shop(column) -%}
  {%- if var('shops') -%}
  CASE {{ column }}
    {%- for shop in var('shops') %}
    WHEN '{{ shop.name }}' THEN '{{ shop.currency }}'
    {%- endfor %}
  END
  {%- else -%}
  CAST(NULL AS VARCHAR)
  {%- endif -%}
{%- endmacro %}
