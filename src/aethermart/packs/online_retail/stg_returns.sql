-- Grain: one line of a credit note (C…). It names no order: order_id is NULL, the document is the
-- credit note. quantity and refund_amount count what came back, so their sign is the file's turned.
SELECT
  line_number AS return_id,
  InvoiceNo AS document_number,
  CAST(NULL AS VARCHAR) AS order_id,
  CAST(NULL AS VARCHAR) AS line_id,
  NULLIF(StockCode, '') AS product_id,
  {{ whole_number_text('CustomerID') }} AS customer_id,
  'web' AS channel,
  NULLIF(Country, '') AS country,
  - {{ try_cast('Quantity', 'INTEGER') }} AS quantity,
  {{ try_cast('UnitPrice', 'DECIMAL(18,4)') }} AS unit_price,
  {{ money('- ' ~ try_cast('Quantity', 'INTEGER') ~ ' * ' ~ try_cast('UnitPrice', 'DECIMAL(18,4)')) }}
    AS refund_amount,
  {{ shop_currency(shop) }} AS currency,
  CAST(NULL AS VARCHAR) AS reason,
  {{ local_to_utc(shop, try_cast('InvoiceDate', 'TIMESTAMP')) }} AS returned_at,
  {{ provenance(shop, 'lines') }}
FROM {{ captured(shop, 'lines') }}
WHERE InvoiceNo LIKE 'C%'
