"""The settings of one project folder: `aethermart.toml`, read once and checked at once."""
