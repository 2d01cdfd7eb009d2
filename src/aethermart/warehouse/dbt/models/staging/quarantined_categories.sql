-- Grain: one source row of categories that breaks a rule, with the first rule it breaks.
{{ broken('categories') }}
