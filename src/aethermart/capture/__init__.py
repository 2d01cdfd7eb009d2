"""Reading a shop: every committed change, once, in order, deletes included."""
