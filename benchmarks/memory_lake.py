"""A lake in memory, for figures of silver alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from aethermart.packs.pack import Shop
from aethermart.warehouse.mirror_tables import ensure_mirror_tables


@contextmanager
def memory_lake(shop: Shop) -> Iterator[duckdb.DuckDBPyConnection]:
    """Named `lake`, as compiled models name it, with the shop's mirror, empty."""
    with duckdb.connect() as memory:
        memory.execute("ATTACH ':memory:' AS lake")
        memory.execute("USE lake")
        memory.execute("SET TimeZone = 'UTC'")
        ensure_mirror_tables(memory, [shop])
        yield memory
