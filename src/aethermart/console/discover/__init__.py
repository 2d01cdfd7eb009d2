"""What the page Discover is made of: what is asked for, what came, and how both look."""
