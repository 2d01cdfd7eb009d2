"""What the API answers, as typed values: the wire format, defined once, a module a group."""
