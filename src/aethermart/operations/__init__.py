"""What an operator does with a whole platform: run the demo, check it."""
