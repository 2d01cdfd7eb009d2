"""From what a person types to hard filters and the words that are left to be searched for."""
