-- Grain: one source row of exchange_rates that breaks a rule, with the first rule it breaks.
{{ broken('exchange_rates') }}
