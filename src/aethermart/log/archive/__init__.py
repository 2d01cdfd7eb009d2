"""The durable tier of the log, which is bronze: append-only Delta tables by delta-rs."""
