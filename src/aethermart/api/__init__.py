"""The HTTP API: routes over the platform, one way to authorise, one way to refuse."""
