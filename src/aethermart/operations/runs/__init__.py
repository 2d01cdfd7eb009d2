"""Work that the platform does on demand: kinds, their runs in the database, who executes them."""
