{# How silver makes each column of an entity out of what staging hands on: text that a pack hands on
   as it was written is read; what every shop spells in its own way is brought into one form; all
   else is cast. Row by row: nothing here looks at another row. docs/cleansing.md says it in words. #}

{# Column -> the macro that brings it into one form. The raw column is given to it; `about` says what
   is known of the shop. #}
{% macro cleaners(entity) -%}
  {%- set known = {
    'customers': {
      'email': 'email', 'first_name': 'person_name', 'last_name': 'person_name', 'phone': 'phone',
    },
    'suppliers': {'name': 'company_name', 'email': 'email'},
    'addresses': {'street': 'street', 'city': 'place_name'},
    'products': {'name': 'one_line', 'sku': 'one_line'},
    'categories': {'name': 'one_line'},
  } -%}
  {{ return(known.get(entity, {})) }}
{%- endmacro %}

{# Pairs of columns whose values may have changed places, and how that is seen; `raw` has them. #}
{% macro swaps(about, entity) -%}
  {%- set written = about.cleansing.as_written.get(entity, {}) -%}
  {%- set found = [] -%}
  {%- if entity == 'customers' -%}
    {%- for other in ['first_name', 'last_name', 'phone'] -%}
      {%- do found.append(('email', other,
        "COALESCE(raw.email, '') NOT LIKE '%@%' AND raw." ~ other ~ " LIKE '%_@_%'")) -%}
    {%- endfor -%}
  {%- elif entity == 'order_items' and written.get('quantity') and written.get('unit_price') -%}
    {# A piece cannot be had in part, and `3` beside `19.99` is the number of pieces. #}
    {%- do found.append(('quantity', 'unit_price',
      read_integer('raw.quantity') ~ ' IS NULL AND ' ~ read_amount('raw.quantity')
      ~ ' IS NOT NULL AND ' ~ matches('raw.unit_price', '^\\s*[0-9]{1,5}\\s*$'))) -%}
  {%- endif -%}
  {{ return(found) }}
{%- endmacro %}

{# A column as staging hands it on, or its partner's where the two have changed places. #}
{% macro in_its_place(about, entity, column) -%}
  {%- set moved = [] -%}
  {%- for one, other, seen in swaps(about, entity) -%}
    {%- if column == one -%}{%- do moved.append((seen, other)) -%}{%- endif -%}
    {%- if column == other -%}{%- do moved.append((seen, one)) -%}{%- endif -%}
  {%- endfor -%}
  {%- if moved -%}
  CASE{% for seen, other in moved %} WHEN {{ seen }} THEN raw.{{ other }}{% endfor %} ELSE raw.{{ column }} END
  {%- else -%}
  raw.{{ column }}
  {%- endif -%}
{%- endmacro %}

{# The columns of an entity as `raw` hands them on, in their places; and what helps to read them. #}
{% macro placed(about, entity, relation, rule, beside=[]) -%}
SELECT
  {%- for name, type in entity_columns(entity) %}
  {{ in_its_place(about, entity, name) }} AS {{ name }},
  {%- endfor %}
  {{ rule }} AS _pack_rule,
  {%- for name in beside %}
  raw.{{ name }},
  {%- endfor %}
  {{ row_country(about, entity) }} AS _country
FROM {{ relation }} AS raw
{%- endmacro %}

{# The country that a row's telephone number is of, where it can be known. #}
{% macro row_country(about, entity) -%}
  {%- set told = [] -%}
  {%- for table in about.tables.values() if entity in table.feeds and table.country -%}
    {%- do told.append('raw._country') -%}
  {%- endfor -%}
  {%- set home = "'" ~ about.cleansing.country ~ "'" if about.cleansing.country else text_null() -%}
  {{ 'UPPER(TRIM(COALESCE(raw._country, ' ~ home ~ ')))' if told else home }}
{%- endmacro %}

{# One canonical column, in its type, of `p`, which is `placed`. #}
{% macro cleaned(about, entity, name, type) -%}
  {%- set how = about.cleansing.as_written.get(entity, {}).get(name) -%}
  {%- set cleaner = cleaners(entity).get(name) -%}
  {%- set column = 'p.' ~ name -%}
  {%- if how == 'amount' -%}
  CAST({{ read_amount(column) }} AS {{ type }})
  {%- elif how == 'integer' -%}
  {{ read_integer(column) }}
  {%- elif how == 'currency' -%}
  {{ read_currency(column, about.currency) }}
  {%- elif how == 'time' -%}
  {{ read_time(column, about.time_zone) }}
  {%- elif cleaner == 'phone' -%}
  {{ clean_phone('CAST(' ~ column ~ ' AS VARCHAR)', 'p._country', knows_country(about, entity)) }}
  {%- elif cleaner == 'street' -%}
  {{ clean_street('CAST(' ~ column ~ ' AS VARCHAR)', 'p.country') }}
  {%- elif cleaner -%}
  {{ context['clean_' ~ cleaner]('CAST(' ~ column ~ ' AS VARCHAR)') }}
  {%- else -%}
  CAST({{ column }} AS {{ type }})
  {%- endif -%}
{%- endmacro %}

{# Whether an entity's columns are only cast, which costs the planner less. #}
{% macro needs_cleaning(about, entity) -%}
  {{ return((cleaners(entity) or about.cleansing.as_written.get(entity)) and true or false) }}
{%- endmacro %}

{# A time of `p` as an instant, before it is given a date. #}
{% macro read_when(about, entity, name) -%}
  {{ cleaned(about, entity, name, 'TIMESTAMPTZ')
    if about.cleansing.as_written.get(entity, {}).get(name) else 'p.' ~ name }}
{%- endmacro %}

{% macro knows_country(about, entity) -%}
  {%- set told = [about.cleansing.country] -%}
  {%- for table in about.tables.values() if entity in table.feeds -%}
    {%- do told.append(table.country) -%}
  {%- endfor -%}
  {{ return(told | select | list | length > 0) }}
{%- endmacro %}

{# The first column handed on as written whose text could not be read. #}
{% macro first_misread(about, entity) -%}
  {%- set written = about.cleansing.as_written.get(entity, {}) -%}
  {%- set read = [] -%}
  {%- for name, type in entity_columns(entity) if written.get(name) in ('amount', 'integer', 'time') -%}
    {%- do read.append((name, cleaned(about, entity, name, type))) -%}
  {%- endfor -%}
  {%- if read -%}
  COALESCE(p._unreadable, CASE
    {%- for name, value in read %}
    WHEN p.{{ name }} <> '' AND {{ value }} IS NULL THEN '{{ name }}'
    {%- endfor %}
  END)
  {%- else -%}
  p._unreadable
  {%- endif -%}
{%- endmacro %}
