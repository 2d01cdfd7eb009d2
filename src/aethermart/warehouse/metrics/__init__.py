"""The page's metrics: each declared once, answered from the kept gold tables."""
