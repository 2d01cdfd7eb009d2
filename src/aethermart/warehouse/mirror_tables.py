"""Empty mirror tables for what no one has captured yet, so that views can be made over them.

The mirror's sink fills them and adds the columns a shop has beyond its pack.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from aethermart.packs.pack import Shop
from aethermart.sinks.mirror.tables import (
    OWN_COLUMNS,
    create_bookkeeping,
    mirror_table,
    quoted,
)


def ensure_mirror_tables(connection: duckdb.DuckDBPyConnection, shops: Sequence[Shop]) -> None:
    """Create what is missing, in the caller's transaction if it has one; alters no table."""
    create_bookkeeping(connection)
    for shop in shops:
        for table in shop.pack.tables.values():
            columns = {name: kind.duckdb for name, kind in table.columns.items()} | OWN_COLUMNS
            listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS {mirror_table(shop.name, table.name)} ({listed})"
            )
