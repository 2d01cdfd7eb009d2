"""Labelled faults: a loosely typed copy of a sound shop, in which each fault is written down."""
