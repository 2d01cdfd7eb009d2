"""What the API needs of the platform, a port a group of routes."""
