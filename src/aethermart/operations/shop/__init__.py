"""What stands behind /shop: products, search among them, and notes of what was searched."""
