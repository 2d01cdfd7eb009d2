"""Every command. Thin: parse, call, print."""
