-- Grain: one row a key of device_telemetry that breaks no rule.
{{ kept('device_telemetry', ['recorded_on']) }}
