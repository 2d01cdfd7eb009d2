-- Grain: one source row of social_posts that breaks a rule, with the first rule it breaks.
{{ broken('social_posts') }}
