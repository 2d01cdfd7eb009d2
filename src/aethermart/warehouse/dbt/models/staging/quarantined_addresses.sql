-- Grain: one source row of addresses that breaks a rule, with the first rule it breaks.
{{ broken('addresses') }}
