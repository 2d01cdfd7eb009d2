"""What the platform tells of itself: metrics, and the alerts that stand on them."""
