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

{# Without blanks around it, and single ones within, those of every script; without marks that are
   not seen; with its letters back where UTF-8 was read as Latin-1 (`MÃ¼ller`). Looks before it
   works: nearly all texts are sound. #}
{% macro clean_one_line(expression) -%}
  CASE
    WHEN {{ matches(expression, "^[\\s\\p{Z}]|[\\s\\p{Z}]$|[\\s\\p{Z}][\\s\\p{Z}]|[\\t\\r\\n\u00a0\u00ad\u200b\u200e\u200f\u2060\ufeff]|[\u00c3-\u00c5\u00ce-\u00d1\u00d8\u00d9][\u0080-\u009f\u00a1-\u00bf]") }}
      THEN NULLIF(TRIM({{ replaced(replaced(decoded_again(expression),
        "[\u00ad\u200b\u200e\u200f\u2060\ufeff]+", ""), "[\\s\\p{Z}]+", " ") }}), '')
    ELSE {{ expression }}
  END
{%- endmacro %}

{# Letters of two bytes that were read as two letters. #}
{% macro decoded_again(expression) -%}
  {{ adapter.dispatch('decoded_again')(expression) }}
{%- endmacro %}

{% macro default__decoded_again(expression) -%}
  ARRAY_TO_STRING(LIST_TRANSFORM(
    REGEXP_EXTRACT_ALL({{ expression }}, '(?s)[\x{c3}-\x{c5}\x{ce}-\x{d1}\x{d8}\x{d9}][\x{80}-\x{bf}]|.'),
    LAMBDA part: CASE
      WHEN LENGTH(part) = 2 THEN CHR((UNICODE(part[1]) - 192) * 64 + UNICODE(part[2]) - 128)
      ELSE part
    END), '')
{%- endmacro %}

{% macro spark__decoded_again(expression) -%}
  CASE
    WHEN {{ matches(expression, "[\u00c3-\u00c5\u00ce-\u00d1\u00d8\u00d9][\u0080-\u00bf]") }}
      THEN DECODE(ENCODE({{ expression }}, 'ISO-8859-1'), 'UTF-8')
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
