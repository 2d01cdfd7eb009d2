{# What cleansing did and saw, one SELECT a rule: what `silver.findings` unions. #}

{# Cleaner or reading -> (a finding, when, what was done), first to last; `before` and `after` are a
   column's two values. #}
{% macro told_of(how) -%}
  {%- set told = {
    'email': [('email_unusable', 'after IS NULL', 'emptied'),
      ('email_respelled', 'TRUE', 'mended')],
    'phone': [('phone_unusable', 'after IS NULL', 'emptied'),
      ('phone_without_country', "after NOT LIKE '+%'", 'noted'),
      ('phone_respelled', 'TRUE', 'mended')],
    'person_name': [('person_name_respelled', 'TRUE', 'mended')],
    'company_name': [('company_name_respelled', 'TRUE', 'mended')],
    'place_name': [('place_name_respelled', 'TRUE', 'mended')],
    'street': [('street_written_out', 'TRUE', 'mended')],
    'one_line': [('blanks_removed', 'TRUE', 'mended')],
    'amount': [('amount_read',
      'after IS NOT NULL AND TRY_CAST(before AS DECIMAL(18,4)) IS NULL', 'mended')],
    'time': [('time_read', 'after IS NOT NULL AND TRY_CAST(before AS TIMESTAMP) IS NULL', 'mended')],
    'currency': [('currency_unknown', 'after IS NULL AND before IS NOT NULL', 'noted')],
  } -%}
  {{ return(told.get(how, [])) }}
{%- endmacro %}

{# Every finding about columns of an entity, over all shops: a list of SELECTs. #}
{% macro column_findings(entity) -%}
  {%- set selects = [] -%}
  {%- if entity == 'addresses' -%}
    {%- for name in ['city', 'postal_code'] -%}
      {%- do selects.append(misplaced_places(name)) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- for name, cleaner in cleaners(entity).items() -%}
    {%- do selects.append(changed_cells('c.shop', entity, name, told_of(cleaner),
      'c.' ~ name, spelled(entity, name), ref(entity ~ '_checked') ~ ' AS c', 'c')) -%}
  {%- endfor -%}
  {%- for shop in var('shops') if entity in shop.entities and needs_reading(shop, entity) -%}
    {%- set relation = ref('stg_' ~ shop.name ~ '__' ~ entity) -%}
    {%- set written = shop.cleansing.as_written.get(entity, {}) -%}
    {%- for name, type in entity_columns(entity) if told_of(written.get(name)) -%}
      {%- do selects.append(changed_cells("'" ~ shop.name ~ "'", entity, name,
        told_of(written.get(name)), 'p.' ~ name, read_column(shop, entity, name, type),
        '(\n' ~ placed(shop, entity, relation, text_null(), ['_source_table', '_row_key']) ~ '\n) AS p',
        'p')) -%}
    {%- endfor -%}
    {%- for one, other, seen in swaps(shop, entity) -%}
      {%- for name in [one, other] -%}
        {%- do selects.append(swapped_cells(shop.name, entity, relation, name, seen)) -%}
      {%- endfor -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(selects) }}
{%- endmacro %}

{# Cells whose value is another one after. #}
{% macro changed_cells(shop, entity, name, told, before, after, relation, alias) -%}
SELECT
  f.shop,
  f.source_table,
  '{{ entity }}' AS entity,
  f.row_key,
  '{{ name }}' AS column_name,
  CASE
    {%- for finding, when, done in told %}
    WHEN {{ when }} THEN '{{ finding }}'
    {%- endfor %}
  END AS finding,
  CASE
    {%- for finding, when, done in told %}
    WHEN {{ when }} THEN '{{ done }}'
    {%- endfor %}
  END AS done
FROM (
  SELECT
    {{ shop }} AS shop,
    {{ alias }}._source_table AS source_table,
    {{ alias }}._row_key AS row_key,
    CAST({{ before }} AS VARCHAR) AS before,
    CAST({{ after }} AS VARCHAR) AS after
  FROM {{ relation }}
  WHERE {{ before }} IS NOT NULL
    {{ 'AND c._rule IS NULL' if alias == 'c' }}
    {{ 'AND (' ~ postal_code_in_city() ~ ') IS NOT TRUE' if entity == 'addresses' and name == 'city' }}
) AS f
WHERE f.before IS DISTINCT FROM f.after
  AND ({% for finding, when, done in told %}{{ when }}{{ ' OR ' if not loop.last }}{% endfor %})
{%- endmacro %}

{% macro misplaced_places(name) -%}
SELECT
  c.shop,
  c._source_table AS source_table,
  'addresses' AS entity,
  c._row_key AS row_key,
  '{{ name }}' AS column_name,
  'columns_swapped' AS finding,
  'mended' AS done
FROM {{ ref('addresses_checked') }} AS c
WHERE c._rule IS NULL
  AND {{ postal_code_in_city() }}
{%- endmacro %}

{% macro swapped_cells(shop, entity, relation, name, seen) -%}
SELECT
  '{{ shop }}' AS shop,
  raw._source_table AS source_table,
  '{{ entity }}' AS entity,
  raw._row_key AS row_key,
  '{{ name }}' AS column_name,
  'columns_swapped' AS finding,
  'mended' AS done
FROM {{ relation }} AS raw
WHERE {{ seen }}
{%- endmacro %}

{# Kept rows that name a row of another entity which is not there, in shops that have both. They
   stay: gold counts them under its `unknown` member. #}
{% macro orphans(entity, column, to, key) -%}
SELECT
  c.shop,
  c._source_table AS source_table,
  '{{ entity }}' AS entity,
  c._row_key AS row_key,
  '{{ column }}' AS column_name,
  '{{ column | replace('_id', '_missing') }}' AS finding,
  'noted' AS done
FROM {{ ref(entity ~ '_checked') }} AS c
LEFT JOIN {{ ref('staged_' ~ to) }} AS t
  ON t.shop = c.shop
  AND t.{{ key }} = c.{{ column }}
WHERE c._rule IS NULL
  AND c.{{ column }} IS NOT NULL
  AND t.{{ key }} IS NULL
  AND c.shop IN ({{ shops_with(to) }})
{%- endmacro %}

{% macro shops_with(entity) -%}
  {%- set names = [text_null()] -%}
  {%- for shop in var('shops') if entity in shop.entities -%}
    {%- do names.append("'" ~ shop.name ~ "'") -%}
  {%- endfor -%}
  {{ names | join(', ') }}
{%- endmacro %}

{# What is sold that is no goods: postage, fees, discounts and entries by hand, told by the whole
   name, so that a `postage stamp box` stays a product. #}
{% macro not_goods(name) -%}
  {{ matches("LOWER(TRIM(" ~ name ~ "))",
    "^((dotcom |domestic |international )?(postage|carriage|shipping|delivery)( (charge|cost|fee)s?)?"
    ~ "|versand(kosten)?|porto|frais de (port|livraison)|gastos de env[ií]o|verzendkosten|spedizione"
    ~ "|manual|discount|rabatt|remise|descuento|sconto|korting|samples?|muster"
    ~ "|test( product)?s?|deposit|pfand)$"
    ~ "|(^| )(fees?|charges|commission)$|gift (voucher|card)|gutschein|ch[eè]que cadeau") }}
{%- endmacro %}
