"""Writers of projections: each commits its offset with its data and can be rebuilt by replay."""
