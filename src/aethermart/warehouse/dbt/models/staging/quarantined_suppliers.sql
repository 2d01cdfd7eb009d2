-- Grain: one source row of suppliers that breaks a rule, with the first rule it breaks.
{{ broken('suppliers') }}
