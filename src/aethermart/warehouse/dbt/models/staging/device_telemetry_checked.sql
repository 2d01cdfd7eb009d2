-- Grain: one staged row of device_telemetry. _rule: the first rule it breaks, NULL where sound.
SELECT
  s.shop,
  {{- columns_of('device_telemetry', 's') }}
  s.recorded_on,
  s._source_table,
  s._row_key,
  s._touch_key,
  s._source_row,
  CASE
    {{ common_rules('telemetry_id', ['device_id', 'metric', 'recorded_at']) }}
  END AS _rule
FROM {{ ref('staged_device_telemetry') }} AS s
{{ join_repeated('device_telemetry', 'telemetry_id') }}
