-- Grain: one source row of reviews that breaks a rule, with the first rule it breaks.
{{ broken('reviews') }}
