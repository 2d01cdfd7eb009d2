-- Grain: one invoice that is no credit note, derived from its lines. The file records no status and
-- no total: both NULL. 43 invoices were written over a minute's end: the earliest time holds.
SELECT
  NULLIF(InvoiceNo, '') AS order_id,
  MAX({{ whole_number_text('CustomerID') }}) AS customer_id,
  CAST(NULL AS VARCHAR) AS address_id,
  'web' AS channel,
  CAST(NULL AS VARCHAR) AS status,
  {{ shop_currency(shop) }} AS currency,
  MAX(NULLIF(Country, '')) AS country,
  CAST(NULL AS VARCHAR) AS city,
  MIN({{ local_to_utc(shop, try_cast('InvoiceDate', 'TIMESTAMP')) }}) AS ordered_at,
  CAST(NULL AS TIMESTAMPTZ) AS updated_at,
  CAST(NULL AS DECIMAL(18,2)) AS shipping_amount,
  CAST(NULL AS DECIMAL(18,2)) AS tax_amount,
  CAST(NULL AS DECIMAL(18,2)) AS total_amount,
  {{ derived() }}
FROM {{ captured(shop, 'lines') }}
WHERE (InvoiceNo LIKE 'C%') IS NOT TRUE
GROUP BY NULLIF(InvoiceNo, '')
