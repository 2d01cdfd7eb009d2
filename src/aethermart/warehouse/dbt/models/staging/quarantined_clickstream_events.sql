-- Grain: one source row of clickstream_events that breaks a rule, with the first rule it breaks.
{{ broken('clickstream_events') }}
