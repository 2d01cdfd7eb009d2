"""The gold tables that may be read row by row, and how."""
