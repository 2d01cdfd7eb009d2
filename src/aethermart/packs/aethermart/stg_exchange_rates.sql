-- Grain: one pair of currencies on one day.
SELECT
  rate_id,
  rate_date,
  currency,
  quote_currency,
  rate,
  {{ provenance(shop, 'exchange_rates') }}
FROM {{ captured(shop, 'exchange_rates') }}
