-- What became of visits, by channel and device.
SELECT
  shop,
  channel,
  device,
  COUNT(*) AS visits,
  SUM(CASE WHEN has_cart THEN 1 ELSE 0 END) AS with_cart,
  SUM(CASE WHEN has_order THEN 1 ELSE 0 END) AS with_order
FROM gold.fct_sessions
GROUP BY shop, channel, device
ORDER BY shop, channel, device
