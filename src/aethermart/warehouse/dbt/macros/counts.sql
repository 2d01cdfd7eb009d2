{# Rows of each value of a key, for a mart to join. #}

{# (shop, key, `name`): how many rows of the relation each key of a shop has. #}
{% macro rows_by(relation, key, name, condition='TRUE') -%}
(
  SELECT
    shop,
    {{ key }},
    COUNT(*) AS {{ name }}
  FROM {{ relation }}
  WHERE {{ condition }}
  GROUP BY
    shop,
    {{ key }}
)
{%- endmacro %}

{# (shop, key, reviews, average_rating) #}
{% macro reviews_by(key) -%}
(
  SELECT
    shop,
    {{ key }},
    COUNT(*) AS reviews,
    CAST(AVG(rating) AS DECIMAL(18,2)) AS average_rating
  FROM {{ ref('reviews') }}
  GROUP BY
    shop,
    {{ key }}
)
{%- endmacro %}
