-- Grain: one source row of device_telemetry that breaks a rule, with the first rule it breaks.
{{ broken('device_telemetry') }}
