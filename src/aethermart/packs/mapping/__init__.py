"""Which of a shop's tables feeds which entity: guesses with a confidence, never inventions."""
