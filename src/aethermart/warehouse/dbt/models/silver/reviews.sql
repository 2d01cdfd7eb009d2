-- Grain: one row a key of reviews that breaks no rule.
{{ kept('reviews', ['reviewed_on']) }}
