"""What the data are, where they come from, who may see them, and who did what."""
