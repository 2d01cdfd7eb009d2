"""Skills: what the systems can do with arrays and records. Pure: no database, no files."""
