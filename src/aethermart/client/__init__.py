"""A typed client of the API: answers as values, refusals as the core's errors."""
