{# Words shortened in names, and what they may stand for. #}

{# A row a word of `relation`'s names: `columns`, word, and its place from 1. #}
{% macro words_of_names(relation, columns) -%}
  {{ adapter.dispatch('words_of_names')(relation, columns) }}
{%- endmacro %}

{% macro default__words_of_names(relation, columns) -%}
  SELECT
    {{ columns | join(',\n    ') }},
    UNNEST(parts) AS word,
    UNNEST(RANGE(1, LEN(parts) + 1)) AS place
  FROM (
    SELECT
      {{ columns | join(',\n      ') }},
      STRING_SPLIT(name, ' ') AS parts
    FROM {{ relation }}
  ) AS split
{%- endmacro %}

{% macro vowel() -%}
  [aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýąęőű]
{%- endmacro %}

{# Whether a word, in small letters, has a vowel behind its first letter, as nearly all words have. #}
{% macro can_be_said(word) -%}
  {{ matches('SUBSTR(' ~ word ~ ', 2)', vowel()) }}
{%- endmacro %}

{# A word's first letter and the consonants after it, each once where it is doubled. #}
{% macro skeleton(word) -%}
  {%- set single = namespace(sql=word) -%}
  {%- for pair, one in [('ck', 'k'), ('bb', 'b'), ('cc', 'c'), ('dd', 'd'), ('ff', 'f'), ('gg', 'g'),
    ('ll', 'l'), ('mm', 'm'), ('nn', 'n'), ('pp', 'p'), ('rr', 'r'), ('ss', 's'), ('tt', 't'),
    ('zz', 'z')] -%}
    {%- set single.sql = "REPLACE(" ~ single.sql ~ ", '" ~ pair ~ "', '" ~ one ~ "')" -%}
  {%- endfor -%}
  SUBSTR({{ single.sql }}, 1, 1) || {{ replaced('SUBSTR(' ~ single.sql ~ ', 2)', vowel() ~ '+', '') }}
{%- endmacro %}

{# Whether the letters of `short` stand in `whole` in their order, from the first letter on, with
   nothing but vowels after the last. #}
{% macro letters_in_order(short, whole) -%}
  {{ adapter.dispatch('letters_in_order')(short, whole) }}
{%- endmacro %}

{% macro default__letters_in_order(short, whole) -%}
  REGEXP_FULL_MATCH({{ whole }},
      ARRAY_TO_STRING(STRING_SPLIT({{ short }}, ''), '.*') || '{{ vowel() }}*')
{%- endmacro %}

{# What looks shortened and is not: titles, numbering, forms of companies, and names of techniques
   and sizes that have no vowel. #}
{% macro no_abbreviations() -%}
  'no', 'nr', 'st', 'dr', 'mr', 'mrs', 'ms', 'jr', 'sr', 'vol', 'ed', 'co', 'inc', 'ltd', 'art',
      'approx', 'incl', 'max', 'min', 'pvc', 'usb', 'dvd', 'mdf', 'lcd', 'xxl', 'xxxl', 'bbq', 'rgb',
      'ssd', 'gps', 'tpu', 'hdmi', 'cctv', 'www'
{%- endmacro %}
