-- Grain: one staged row of device_telemetry, sound or not, over all shops.
{{ union_shops('device_telemetry') }}
