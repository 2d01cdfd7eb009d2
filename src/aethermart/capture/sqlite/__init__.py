"""SQLite as a source: a file that others write, opened for reading only."""
