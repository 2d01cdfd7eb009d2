-- Grain: one staged row of exchange_rates. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('exchange_rates', 's') }}
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('rate_id', ['rate_date', 'currency', 'quote_currency', 'rate']) }}
    WHEN s.rate <= 0 THEN 'rate_positive'
    WHEN s.currency = s.quote_currency THEN 'rate_between_two_currencies'
  END AS _rule
FROM {{ ref('staged_exchange_rates') }} AS s
{{ join_repeated('exchange_rates', 'rate_id') }}
