"""Our own shop: its tables, and the only ways an order comes into being and moves on."""
