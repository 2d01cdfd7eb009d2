{# What the rendered project says about a shop and its pack (`vars` in dbt_project.yml). A shop's
   archive is named `<shop>__archive`: its tables hold every version of a row, not the current one. #}

{% macro shop_named(shop) -%}
  {{ return(var('shops') | selectattr('name', 'equalto', shop.split('__')[0]) | first) }}
{%- endmacro %}

{% macro shop_currency(shop) -%}
  '{{ shop_named(shop).currency }}'
{%- endmacro %}

{# Rows of one captured table. Here the mirror holds the current ones; on an engine that reads the
   archive this macro alone changes, to the newest row of each key. #}
{% macro captured(shop, table) -%}
  {{ source(shop, table) }}
{%- endmacro %}

{# Of each shop the present that its rows reflect (`shop`, `as_of`). Here the mirror tells; an engine
   that reads the archive takes the newest commit there. #}
{% macro shop_presents() -%}
  {{ source('mirror__books', '_offsets') }}
{%- endmacro %}

{# Where a staged row comes from: table, key, the order it belongs to (else table/key), the first
   column whose text could not be read, the source's row, and when the shop committed it. An unused
   one costs nothing. Of an archive also what happened to the row, and when. #}
{% macro provenance(shop, table, alias='') -%}
  {%- set about = shop_named(shop).tables[table] -%}
  {%- set prefix = alias ~ '.' if alias else '' -%}
  '{{ table }}' AS _source_table,
  {{ key_text(about.key, prefix) }} AS _row_key,
  {{ key_text([about.touches], prefix) if about.touches
    else "'" ~ table ~ "/' || " ~ key_text(about.key, prefix) }} AS _touch_key,
  {{ first_unreadable(about.parse, prefix) }} AS _unreadable,
  {{ row_json(about.columns, prefix) }} AS _source_row,
  {{ prefix ~ '_committed_at' }} AS _seen_at
  {%- if about.country %},
  {{ prefix }}"{{ about.country }}" AS _country
  {%- endif %}
  {%- if '__' in shop -%}
    {%- for name in ['_op', '_position', '_committed_at', '_entry'] -%}
  , {{ prefix }}{{ name }}
    {%- endfor -%}
  {%- endif -%}
{%- endmacro %}

{# A staged row that was grouped out of several source rows, which are accounted for elsewhere. #}
{% macro derived() -%}
  {%- for name in provenance_columns() %}
  {{ provenance_null(name) }} AS {{ name }}{{ ',' if not loop.last }}
  {%- endfor %}
{%- endmacro %}

{% macro provenance_columns() -%}
  {{ return(['_source_table', '_row_key', '_touch_key', '_unreadable', '_source_row', '_seen_at']) }}
{%- endmacro %}

{% macro provenance_null(name) -%}
  {{ 'CAST(NULL AS TIMESTAMPTZ)' if name == '_seen_at' else text_null() }}
{%- endmacro %}

{% macro text_null() -%}
  CAST(NULL AS VARCHAR)
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
  {{ text_null() }}
  {%- endif -%}
{%- endmacro %}

{# One shop's rows of an entity in the canonical types, with the date of `local_dates` in the
   shop's own time zone; no rows where its pack does not give the entity. #}
{% macro shop_rows(shop, entity) -%}
  {%- set about = shop_named(shop) -%}
  {%- set given = entity in about.entities -%}
  {%- if given -%}
SELECT
  '{{ shop }}' AS shop,
  {%- for name, type in entity_columns(entity) %}
  {{ read_column(about, entity, name, type) }} AS {{ name }},
  {%- endfor %}
  {%- for name, time in local_dates(entity) %}
  {{ utc_to_local_date(about.time_zone, read_when(about, entity, time)) }} AS {{ name }},
  {%- endfor %}
  {{ 'p._pack_rule' if needs_reading(about, entity)
    else pack_rule(about, entity) ~ ' AS _pack_rule' }},
  {%- for name in provenance_columns() %}
  {{ first_misread(about, entity) ~ ' AS ' if name == '_unreadable' else 'p.' }}{{ name }},
  {%- endfor %}
  {{ 'p._country' if needs_reading(about, entity) else text_null() ~ ' AS _country' }}
  {%- if needs_reading(about, entity) %}
FROM (
{{ placed(about, entity, ref('stg_' ~ shop ~ '__' ~ entity), pack_rule(about, entity),
  provenance_columns()) }}
) AS p
  {%- else %}
FROM {{ ref('stg_' ~ shop ~ '__' ~ entity) }} AS p
  {%- endif %}
  {%- else -%}
{{ no_rows(entity, "'" ~ shop ~ "'") }}
  {%- endif -%}
{%- endmacro %}

{# The columns of a staged entity, without a row. #}
{% macro no_rows(entity, shop) -%}
SELECT
  {{ shop }} AS shop,
  {%- for name, type in entity_columns(entity) %}
  CAST(NULL AS {{ type }}) AS {{ name }},
  {%- endfor %}
  {%- for name, time in local_dates(entity) %}
  CAST(NULL AS DATE) AS {{ name }},
  {%- endfor %}
  {{ text_null() }} AS _pack_rule,
  {%- for name in provenance_columns() %}
  {{ provenance_null(name) }} AS {{ name }},
  {%- endfor %}
  {{ text_null() }} AS _country
WHERE FALSE
{%- endmacro %}

{# One entity over all shops; an installation without shops has no rows. #}
{% macro union_shops(entity) -%}
  {%- for shop in var('shops') %}
SELECT
  shop,
  {%- for name, type in entity_columns(entity) %}
  {{ name }},
  {%- endfor %}
  {%- for name, time in local_dates(entity) %}
  {{ name }},
  {%- endfor %}
  _pack_rule,
  {{ (provenance_columns() + ['_country']) | join(',\n  ') }}
FROM {{ ref('staged_' ~ shop.name ~ '__' ~ entity) }}
  {{- '\nUNION ALL' if not loop.last }}
  {%- else %}
{{ no_rows(entity, text_null()) }}
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
  {{ text_null() }}
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
  {{ text_null() }}
  {%- endif -%}
{%- endmacro %}
