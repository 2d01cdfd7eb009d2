"""What stands in a shop's database, read with SELECT alone."""
