-- Grain: one source row of customers that breaks a rule, with the first rule it breaks.
{{ broken('customers') }}
