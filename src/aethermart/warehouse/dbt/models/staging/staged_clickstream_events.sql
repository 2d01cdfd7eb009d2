-- Grain: one staged row of clickstream_events, sound or not, over all shops.
{{ union_shops('clickstream_events') }}
