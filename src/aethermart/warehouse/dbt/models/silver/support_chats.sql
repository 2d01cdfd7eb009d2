-- Grain: one row a key of support_chats that breaks no rule.
{{ kept('support_chats', ['opened_on']) }}
