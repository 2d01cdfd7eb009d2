"""The platform's own tables in PostgreSQL: log tail, sink offsets, dead letters, capture state."""
