"""Vectors of products, customers and reviews: kept in step with the log, found by likeness."""
