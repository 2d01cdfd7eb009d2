{# Rows that break a promise of the model; none, when it holds. #}

{% test unique_key(model, columns) %}
SELECT
  {{ columns | join(',\n  ') }},
  COUNT(*) AS copies
FROM {{ model }}
GROUP BY
  {{ columns | join(',\n  ') }}
HAVING COUNT(*) > 1
{% endtest %}

{% test belongs_to(model, to, columns) %}
SELECT
  {%- for column in columns %}
  child.{{ column }}{{ ',' if not loop.last }}
  {%- endfor %}
FROM {{ model }} AS child
LEFT JOIN {{ to }} AS parent
  ON {% for column in columns -%}
  parent.{{ column }} = child.{{ column }}{{ ' AND ' if not loop.last }}
  {%- endfor %}
WHERE parent.{{ columns[-1] }} IS NULL
{% endtest %}
