"""Capture to log to sinks, kept running: retries, dead letters, supervision, lag."""
