-- Grain: one source row of promotions that breaks a rule, with the first rule it breaks.
{{ broken('promotions') }}
