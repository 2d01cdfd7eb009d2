"""Who asks: accounts, tokens, roles and what each role may do."""
