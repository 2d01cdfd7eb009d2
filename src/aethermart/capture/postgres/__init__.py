"""PostgreSQL as a source: snapshot, then a queue filled by triggers."""
