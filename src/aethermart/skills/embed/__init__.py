"""Texts as vectors, behind one shape: `embed(texts) -> (n, d)`."""
