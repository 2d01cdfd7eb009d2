"""The console: web pages over the API, and over nothing else."""
