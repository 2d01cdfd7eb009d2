"""Who did what: the audit every floor above writes to."""
