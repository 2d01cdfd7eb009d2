-- Grain: one source row of payments that breaks a rule, with the first rule it breaks.
{{ broken('payments') }}
