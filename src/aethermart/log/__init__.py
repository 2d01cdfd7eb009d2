"""The ordered log of a shop's changes: a hot tail and the archive behind one read."""
