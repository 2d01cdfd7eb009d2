"""Product search: a catalogue of records becomes an index that answers queries."""
