{# Regular expressions as each engine writes them, and texts in one line. #}

{% macro matches(expression, pattern) -%}
  {{ adapter.dispatch('matches')(expression, pattern) }}
{%- endmacro %}

{% macro default__matches(expression, pattern) -%}
  REGEXP_MATCHES({{ expression }}, '{{ pattern | replace("'", "''") }}')
{%- endmacro %}

{% macro spark__matches(expression, pattern) -%}
  {{ expression }} RLIKE r"{{ pattern }}"
{%- endmacro %}

{# Every match replaced; `\1` in `by` is the first group. #}
{% macro replaced(expression, pattern, by) -%}
  {{ adapter.dispatch('replaced')(expression, pattern, by) }}
{%- endmacro %}

{% macro default__replaced(expression, pattern, by) -%}
  REGEXP_REPLACE({{ expression }}, '{{ pattern | replace("'", "''") }}', '{{ by }}', 'g')
{%- endmacro %}

{% macro spark__replaced(expression, pattern, by) -%}
  REGEXP_REPLACE({{ expression }}, r"{{ pattern }}", '{{ by | replace("\\", "$") }}')
{%- endmacro %}

{# The text of a group of the first match. #}
{% macro found_in(expression, pattern, group) -%}
  REGEXP_EXTRACT({{ expression }}, '{{ pattern }}', {{ group }})
{%- endmacro %}

{# Several replacements, one after the other. #}
{% macro replaced_all(expression, rules) -%}
  {%- set made = namespace(sql=expression) -%}
  {%- for pattern, by in rules -%}
    {%- set made.sql = replaced(made.sql, pattern, by) -%}
  {%- endfor -%}
  {{ made.sql }}
{%- endmacro %}

{# Without blanks around it, and single ones within: those of every script. Looks before it works:
   nearly all texts are sound. #}
{% macro clean_one_line(expression) -%}
  CASE
    WHEN {{ matches(expression, "^[\\s\\p{Z}]|[\\s\\p{Z}]$|[\\s\\p{Z}][\\s\\p{Z}]|[\\t\\r\\n\u00a0]") }}
      THEN NULLIF(TRIM({{ replaced(expression, "[\\s\\p{Z}]+", " ") }}), '')
    ELSE {{ expression }}
  END
{%- endmacro %}

{# First letters capital, the others small: of words, after a hyphen, an apostrophe, and Mc. #}
{% macro title_case(expression) -%}
  {{ adapter.dispatch('title_case')(expression) }}
{%- endmacro %}

{% macro default__title_case(expression) -%}
  {{ replaced(
    "ARRAY_TO_STRING(LIST_TRANSFORM(REGEXP_EXTRACT_ALL(LOWER(" ~ expression
    ~ "), '[^\\s''’-]+|[\\s''’-]+'), LAMBDA word: CASE WHEN word LIKE 'mc___%' THEN 'Mc'"
    ~ " || UPPER(word[3]) || word[4:] ELSE UPPER(word[1]) || word[2:] END), '')",
    "'S(\\s|$)", "''s\\1") }}
{%- endmacro %}
