-- Grain: one row a key of social_posts that breaks no rule.
{{ kept('social_posts', ['posted_on']) }}
