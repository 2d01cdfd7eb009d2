"""The mirror: the current rows of every captured table, in DuckDB."""
