{# Numbers, currencies and times out of text in whatever form it has. NULL where it tells none, or
   could tell two. #}

{# One number with any currency and grouping: '1.234,50 €', '$1,234.50', '1 234,50', '(12.50)'.
   One mark with three digits after it ('1.234') may be thousands or decimals: NULL. #}
{% macro read_amount(expression) -%}
  {%- set text = "TRIM(CAST(" ~ expression ~ " AS VARCHAR))" -%}
  {%- set core = replaced(text, "[^0-9,.]+", "") -%}
  {%- set digits = "RTRIM(LTRIM(" ~ core ~ ", '.,'), '.,')" -%}
  CASE
    WHEN TRY_CAST({{ text }} AS DECIMAL(18,4)) IS NOT NULL
      AND NOT {{ matches(text, "^-?[1-9][0-9]{0,2}\\.[0-9]{3}$") }}
      THEN TRY_CAST({{ text }} AS DECIMAL(18,4))
    WHEN NOT {{ matches(text, "^[^0-9]*[0-9]([0-9.,'\u2019\\s\\p{Z}]*[0-9])?[^0-9]*$") }} THEN NULL
    ELSE TRY_CAST(
      CASE
        WHEN {{ matches(text, "^[^0-9]*[-\u2212][^0-9]*[0-9]|^\\(.*\\)$|[0-9]\\s*[-\u2212]$") }} THEN '-'
        ELSE ''
      END
      || CASE
        WHEN {{ matches(digits, "^[0-9]+$") }} THEN {{ digits }}
        WHEN {{ matches(digits, "^[0-9]{1,3}(,[0-9]{3})+\\.[0-9]+$") }} THEN REPLACE({{ digits }}, ',', '')
        WHEN {{ matches(digits, "^[0-9]{1,3}(\\.[0-9]{3})+,[0-9]+$") }}
          THEN REPLACE(REPLACE({{ digits }}, '.', ''), ',', '.')
        WHEN {{ matches(digits, "^[0-9]{1,3}((,[0-9]{3}){2,}|(\\.[0-9]{3}){2,})$") }}
          THEN REPLACE(REPLACE({{ digits }}, '.', ''), ',', '')
        WHEN {{ matches(digits, "^[0-9]+[.,]([0-9]{1,2}|[0-9]{4,})$|^0[.,][0-9]{3}$") }}
          THEN REPLACE({{ digits }}, ',', '.')
      END
      AS DECIMAL(18,4))
  END
{%- endmacro %}

{# A whole number: '3', '3.00'. #}
{% macro read_integer(expression) -%}
  {%- set text = "TRIM(CAST(" ~ expression ~ " AS VARCHAR))" -%}
  CASE
    WHEN {{ matches(text, "^[-+]?[0-9]+([.,]0+)?$") }}
      THEN TRY_CAST(TRY_CAST(REPLACE({{ text }}, ',', '.') AS DECIMAL(20,4)) AS BIGINT)
  END
{%- endmacro %}

{# The currency that an amount's text names by its code or its sign, else the shop's own. A sign
   that several countries use is the shop's own if that is one of them. #}
{% macro read_currency(expression, own) -%}
  {%- set text = "UPPER(CAST(" ~ expression ~ " AS VARCHAR))" -%}
  {%- set codes = 'EUR|USD|GBP|CHF|PLN|SEK|DKK|NOK|CZK|HUF|RON|BGN|TRY|JPY|CNY|INR|CAD|AUD|NZD|BRL|MXN|ZAR' -%}
  {%- set dollars = ['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD', 'MXN'] -%}
  {%- set crowns = ['SEK', 'DKK', 'NOK', 'ISK', 'CZK'] -%}
  CASE
    WHEN {{ matches(text, "(^|[^A-Z])(" ~ codes ~ ")([^A-Z]|$)") }}
      THEN {{ found_in(text, "(^|[^A-Z])(" ~ codes ~ ")([^A-Z]|$)", 2) }}
    WHEN {{ text }} LIKE '%€%' THEN 'EUR'
    WHEN {{ text }} LIKE '%£%' THEN 'GBP'
    WHEN {{ text }} LIKE '%ZŁ%' THEN 'PLN'
    WHEN {{ text }} LIKE '%US$%' THEN 'USD'
    WHEN {{ text }} LIKE '%C$%' OR {{ text }} LIKE '%CA$%' THEN 'CAD'
    WHEN {{ text }} LIKE '%A$%' OR {{ text }} LIKE '%AU$%' THEN 'AUD'
    WHEN {{ text }} LIKE '%$%' THEN '{{ own if own in dollars else 'USD' }}'
    WHEN {{ text }} LIKE '%₹%' THEN 'INR'
    WHEN {{ text }} LIKE '%KČ%' THEN 'CZK'
    {%- if own not in crowns %}
    WHEN {{ matches(text, "(^|[^A-Z])KR([^A-Z]|$)") }} THEN {{ text_null() }}
    {%- endif %}
    {%- if own not in ['JPY', 'CNY'] %}
    WHEN {{ text }} LIKE '%¥%' THEN {{ text_null() }}
    {%- endif %}
    ELSE '{{ own }}'
  END
{%- endmacro %}

{# A local time; a day before its month with points between, as no calendar has it the other way. #}
{% macro read_time(expression, zone) -%}
  {{ adapter.dispatch('read_time')(expression, zone) }}
{%- endmacro %}

{% macro default__read_time(expression, zone) -%}
  {%- set text = "TRIM(CAST(" ~ expression ~ " AS VARCHAR))" -%}
  (COALESCE(
    TRY_CAST({{ text }} AS TIMESTAMP),
    TRY_STRPTIME({{ text }}, ['%d.%m.%Y', '%d.%m.%Y %H:%M', '%d.%m.%Y %H:%M:%S'])
  ) AT TIME ZONE '{{ zone }}')
{%- endmacro %}
