"""Silver and gold, written as Delta for everyone else: Spark, Trino, pyarrow, DuckDB, pandas."""
