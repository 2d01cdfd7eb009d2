"""Packs: how a shop's tables become the canonical entities of silver."""
