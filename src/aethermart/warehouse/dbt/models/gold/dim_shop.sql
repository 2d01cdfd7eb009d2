-- Grain: one shop of this installation, whether it has rows yet or not.
{%- for shop in var('shops') %}
SELECT
  '{{ shop.name }}' AS shop,
  '{{ shop.pack }}' AS pack,
  '{{ shop.currency }}' AS currency,
  '{{ shop.time_zone }}' AS time_zone,
  '{{ var('reporting_currency') }}' AS reporting_currency,
  '{{ shop.entities | sort | join(',') }}' AS entities
{{ 'UNION ALL' if not loop.last }}
{%- else %}
SELECT
  {{ text_null() }} AS shop,
  {{ text_null() }} AS pack,
  {{ text_null() }} AS currency,
  {{ text_null() }} AS time_zone,
  {{ text_null() }} AS reporting_currency,
  {{ text_null() }} AS entities
WHERE FALSE
{%- endfor %}
