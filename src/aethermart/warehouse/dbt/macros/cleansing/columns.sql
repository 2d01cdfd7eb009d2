{# How silver makes each column of an entity out of what staging hands on, in two steps. Reading,
   before the rules: text that a pack hands on as it was written, and columns that changed places.
   Spelling, after them, for the rows that are kept: what every shop writes in its own way gets one
   form. Row by row: nothing here looks at another row. docs/cleansing.md says it in words. #}

{# Column -> the macro `clean_…` that brings it into one form. #}
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
  {%- elif gives_column(about, entity, column) -%}
  raw.{{ column }}
  {%- else -%}
  {{ text_null() }}
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

{# One canonical column of `p`, read: what was handed on as written out of its text, else cast. #}
{% macro read_column(about, entity, name, type) -%}
  {%- set how = about.cleansing.as_written.get(entity, {}).get(name) -%}
  {%- if how == 'amount' -%}
  CAST({{ read_amount('p.' ~ name) }} AS {{ type }})
  {%- elif how == 'integer' -%}
  {{ read_integer('p.' ~ name) }}
  {%- elif how == 'currency' -%}
  {{ read_currency('p.' ~ name, about.currency) }}
  {%- elif how == 'time' -%}
  {{ read_time('p.' ~ name, about.time_zone) }}
  {%- elif gives_column(about, entity, name) -%}
  CAST(p.{{ name }} AS {{ type }})
  {%- else -%}
  CAST(NULL AS {{ type }})
  {%- endif -%}
{%- endmacro %}

{# One canonical column of `c`, which is read, in its one form. #}
{% macro spelled(entity, name) -%}
  {%- set cleaner = cleaners(entity).get(name) -%}
  {%- if cleaner == 'phone' -%}
  {{ clean_phone('c.' ~ name, 'c._country', countries_known()) }}
  {%- elif cleaner == 'street' -%}
  {{ clean_street('c.' ~ name, 'c.country') }}
  {%- elif entity == 'addresses' and name in ('city', 'postal_code') -%}
  CASE
    WHEN {{ postal_code_in_city() }}
      THEN {{ 'c.postal_code' if name == 'city' else 'c.city' }}
    ELSE {{ clean_place_name('c.city') if name == 'city' else 'c.postal_code' }}
  END
  {%- elif cleaner -%}
  {{ context['clean_' ~ cleaner]('c.' ~ name) }}
  {%- else -%}
  c.{{ name }}
  {%- endif -%}
{%- endmacro %}

{# The postal code stands where the city belongs: digits and no word there, a word and no digits
   here. #}
{% macro postal_code_in_city() -%}
  {{ matches('c.city', '^[^\\p{L}]*([\\p{L}]{1,2}[^\\p{L}]*)*$') }}
      AND {{ matches('c.city', '[0-9]') }}
      AND {{ matches('c.postal_code', '^[^0-9]*[\\p{L}]{3}[^0-9]*$') }}
{%- endmacro %}

{# A time of `p` as an instant, before it is given a date. #}
{% macro read_when(about, entity, name) -%}
  {{ read_column(about, entity, name, 'TIMESTAMPTZ')
    if about.cleansing.as_written.get(entity, {}).get(name) else 'p.' ~ name }}
{%- endmacro %}

{# Whether anything but a cast is to be done as a row is read: else the planner has less to do. #}
{% macro needs_reading(about, entity) -%}
  {{ return((swaps(about, entity) or about.cleansing.as_written.get(entity)) and true or false) }}
{%- endmacro %}

{# Whether any shop says of which country its telephone numbers are. #}
{% macro countries_known() -%}
  {%- set told = [] -%}
  {%- for shop in var('shops') -%}
    {%- do told.append(shop.cleansing.country) -%}
    {%- for table in shop.tables.values() -%}{%- do told.append(table.country) -%}{%- endfor -%}
  {%- endfor -%}
  {{ return(told | select | list | length > 0) }}
{%- endmacro %}

{# The first column handed on as written whose text could not be read. #}
{% macro first_misread(about, entity) -%}
  {%- set written = about.cleansing.as_written.get(entity, {}) -%}
  {%- set read = [] -%}
  {%- for name, type in entity_columns(entity) if written.get(name) in ('amount', 'integer', 'time') -%}
    {%- do read.append((name, read_column(about, entity, name, type))) -%}
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
