-- Grain: one staged row of support_chats, sound or not, over all shops.
{{ union_shops('support_chats') }}
