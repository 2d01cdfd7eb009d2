"""Files into the store: read here, typed, cleaned and judged by the database's own procedures."""
