-- Grain: one row a key of exchange_rates that breaks no rule.
{{ kept('exchange_rates') }}
