-- Grain: one source row in quarantine, without its content: what the quality of a number rests on.
-- Kept as gold.fct_quarantine by touch_key: the order the row belongs to, else its own key.
SELECT
  shop,
  source_table,
  entity,
  row_key,
  rule,
  touch_key,
  amount,
  currency
FROM {{ ref('quarantine') }}
