"""SQL that a caller wrote: one SELECT over silver and gold, as far as they may see them."""
