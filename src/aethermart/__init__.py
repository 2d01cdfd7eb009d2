"""AetherMart: a live, governed lakehouse and AI systems over a shop's database."""

__version__ = "0.1.0"
