-- Grain: one channel an order can come by; `unknown` for what names none.
SELECT
  channel,
  label,
  is_online
FROM (
  VALUES
    ('web', 'Web shop', TRUE),
    ('mobile', 'Mobile app', TRUE),
    ('popup', 'Pop-up retail', FALSE),
    ('partner', 'Partners', FALSE),
    ('unknown', 'Unknown', NULL)
) AS channels (channel, label, is_online)
UNION ALL
SELECT DISTINCT
  o.channel,
  o.channel AS label,
  CAST(NULL AS BOOLEAN) AS is_online
FROM {{ kept_rows('v_fct_orders') }} AS o
WHERE o.channel NOT IN ('web', 'mobile', 'popup', 'partner', 'unknown')
