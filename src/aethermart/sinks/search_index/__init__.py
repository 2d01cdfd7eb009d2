"""The sink that keeps each shop's products searchable, in memory."""
