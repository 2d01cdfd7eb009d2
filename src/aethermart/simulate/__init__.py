"""Made-up shops: a year of orders at once, and live traffic."""
