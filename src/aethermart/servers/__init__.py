"""Servers on this machine that AetherMart starts, watches and stops itself."""
