"""Backups of a project: one file with everything that cannot be made again, and its way back."""
