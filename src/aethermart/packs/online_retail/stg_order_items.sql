-- Grain: one line of an invoice that is no credit note (C…); repeated lines are kept, the file's
-- ordinal is the key. line_total is rounded half up, away from zero, to the penny.
SELECT
  line_number AS line_id,
  NULLIF(InvoiceNo, '') AS order_id,
  line_number,
  NULLIF(StockCode, '') AS product_id,
  {{ try_cast('Quantity', 'INTEGER') }} AS quantity,
  {{ try_cast('UnitPrice', 'DECIMAL(18,4)') }} AS unit_price,
  CAST(0 AS DECIMAL(18,2)) AS discount_amount,
  {{ money(try_cast('Quantity', 'INTEGER') ~ ' * ' ~ try_cast('UnitPrice', 'DECIMAL(18,4)')) }}
    AS line_total,
  {{ provenance(shop, 'lines') }}
FROM {{ captured(shop, 'lines') }}
WHERE (InvoiceNo LIKE 'C%') IS NOT TRUE
