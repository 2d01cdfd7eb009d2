-- Grain: one source row of returns that breaks a rule, with the first rule it breaks.
{{ broken('returns', 'CAST(- refund_amount AS DECIMAL(18,2))', 'currency') }}
