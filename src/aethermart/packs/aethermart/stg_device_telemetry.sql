-- Grain: one measurement on a device.
SELECT
  telemetry_id,
  device_id,
  customer_id,
  device_type,
  os,
  app_version,
  metric,
  value,
  recorded_at,
  {{ provenance(shop, 'device_telemetry') }}
FROM {{ captured(shop, 'device_telemetry') }}
