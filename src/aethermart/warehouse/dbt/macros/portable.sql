{# The few things engines say differently. Another engine adds its own `<engine>__` macro. #}

{# NULL where the value cannot be read. #}
{% macro try_cast(expression, type) -%}
  {{ adapter.dispatch('try_cast')(expression, type) }}
{%- endmacro %}

{% macro default__try_cast(expression, type) -%}
  TRY_CAST({{ expression }} AS {{ type }})
{%- endmacro %}

{# Whether text does not read as `type` without rounding. #}
{% macro unreadable(expression, type) -%}
  {{ adapter.dispatch('unreadable')(expression, type) }}
{%- endmacro %}

{% macro default__unreadable(expression, type) -%}
  {%- if type == 'BIGINT' or type.startswith('DECIMAL') -%}
  (TRY_CAST({{ expression }} AS DECIMAL(38,12))
    = TRY_CAST(TRY_CAST({{ expression }} AS {{ type }}) AS DECIMAL(38,12))) IS NOT TRUE
  {%- else -%}
  TRY_CAST({{ expression }} AS {{ type }}) IS NULL
  {%- endif -%}
{%- endmacro %}

{# '17850.0' -> '17850'; NULL where it is no number. #}
{% macro whole_number_text(expression) -%}
  CAST({{ try_cast(try_cast(expression, 'DECIMAL(20,1)'), 'BIGINT') }} AS VARCHAR)
{%- endmacro %}

{# Rounded half up, away from zero, to the minor unit. #}
{% macro money(expression) -%}
  {{ try_cast('ROUND(' ~ expression ~ ', 2)', 'DECIMAL(18,2)') }}
{%- endmacro %}

{# A shop's local time without zone -> an instant. #}
{% macro local_to_utc(shop, expression) -%}
  {{ adapter.dispatch('local_to_utc')(shop_named(shop).time_zone, expression) }}
{%- endmacro %}

{% macro default__local_to_utc(zone, expression) -%}
  ({{ expression }} AT TIME ZONE '{{ zone }}')
{%- endmacro %}

{# An instant -> the date on the wall calendar of `zone`. #}
{% macro utc_to_local_date(zone, expression) -%}
  {{ adapter.dispatch('utc_to_local_date')(zone, expression) }}
{%- endmacro %}

{% macro default__utc_to_local_date(zone, expression) -%}
  CAST({{ expression }} AT TIME ZONE '{{ zone }}' AS DATE)
{%- endmacro %}

{# The rows of a kept gold table; an engine that keeps none reads its view. #}
{% macro kept_rows(view) -%}
  {{ adapter.dispatch('kept_rows')(ref(view)) }}
{%- endmacro %}

{% macro default__kept_rows(relation) -%}
  {{ relation }}
{%- endmacro %}

{% macro duckdb__kept_rows(relation) -%}
  {{ relation.incorporate(path={'identifier': relation.identifier[2:]}) }}
{%- endmacro %}

{# Every day from `first` to before `last`, as date_day. #}
{% macro calendar_days(first, last) -%}
  {{ adapter.dispatch('calendar_days')(first, last) }}
{%- endmacro %}

{% macro default__calendar_days(first, last) -%}
  SELECT CAST(UNNEST(RANGE(DATE '{{ first }}', DATE '{{ last }}', INTERVAL 1 DAY)) AS DATE) AS date_day
{%- endmacro %}

{# A date as text: `%Y-%m`. #}
{% macro format_date(expression, form) -%}
  {{ adapter.dispatch('format_date')(expression, form) }}
{%- endmacro %}

{% macro default__format_date(expression, form) -%}
  STRFTIME({{ expression }}, '{{ form }}')
{%- endmacro %}

{# Hours between two instants, a decimal. #}
{% macro hours_between(earlier, later) -%}
  CAST((EPOCH({{ later }}) - EPOCH({{ earlier }})) / 3600 AS DECIMAL(18,4))
{%- endmacro %}

{# A share or a ratio with six places; NULL where there is nothing to divide by. #}
{% macro ratio(numerator, denominator) -%}
  CAST(({{ numerator }}) / NULLIF(CAST({{ denominator }} AS DECIMAL(18,2)), 0) AS DECIMAL(18,6))
{%- endmacro %}

{# The named columns of a row as a JSON object. #}
{% macro row_json(columns, prefix='') -%}
  {{ adapter.dispatch('row_json')(columns, prefix) }}
{%- endmacro %}

{% macro default__row_json(columns, prefix) -%}
  CAST(JSON_OBJECT(
    {%- for column in columns -%}
    '{{ column }}', {{ prefix }}"{{ column }}"{{ ', ' if not loop.last }}
    {%- endfor -%}
  ) AS VARCHAR)
{%- endmacro %}

{# A number written with symbols, with `mark` before its decimals: '1.234,50 EUR' -> 1234.5000. #}
{% macro amount_of_text(expression, mark) -%}
  {{ adapter.dispatch('amount_of_text')(expression, mark) }}
{%- endmacro %}

{% macro default__amount_of_text(expression, mark) -%}
  {%- set others = '.' if mark == ',' else ',' -%}
  TRY_CAST(
    CASE WHEN TRIM({{ expression }}) LIKE '(%)' OR TRIM({{ expression }}) LIKE '%-'
      THEN '-' ELSE '' END
    || RTRIM(LTRIM(REPLACE(REPLACE(
      REGEXP_REPLACE({{ expression }}, '[^0-9,.-]', '', 'g'), '{{ others }}', ''), '{{ mark }}', '.'), '.'), '-.')
    AS DECIMAL(18,4))
{%- endmacro %}

{# Text in a strptime form -> a time without zone; NULL where it is none. #}
{% macro time_of_text(expression, form) -%}
  {{ adapter.dispatch('time_of_text')(expression, form) }}
{%- endmacro %}

{% macro default__time_of_text(expression, form) -%}
  TRY_STRPTIME(CAST({{ expression }} AS VARCHAR), '{{ form }}')
{%- endmacro %}

{# Seconds (`s`) or milliseconds (`ms`) since 1970 -> an instant. #}
{% macro epoch_to_utc(expression, unit) -%}
  {{ adapter.dispatch('epoch_to_utc')(expression, unit) }}
{%- endmacro %}

{% macro default__epoch_to_utc(expression, unit) -%}
  TO_TIMESTAMP(CAST({{ expression }} AS DOUBLE){{ ' / 1000' if unit == 'ms' }})
{%- endmacro %}
