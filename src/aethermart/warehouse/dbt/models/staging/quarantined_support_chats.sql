-- Grain: one source row of support_chats that breaks a rule, with the first rule it breaks.
{{ broken('support_chats') }}
