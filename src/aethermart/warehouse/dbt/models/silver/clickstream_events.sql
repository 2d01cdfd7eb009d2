-- Grain: one row a key of clickstream_events that breaks no rule.
{{ kept('clickstream_events', ['occurred_on']) }}
