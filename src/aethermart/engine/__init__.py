"""DuckDB's one owner in this process: connection, locks, limits, checkpoints."""
