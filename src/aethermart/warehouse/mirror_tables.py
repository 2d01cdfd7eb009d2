"""Empty tables for what no one has captured yet, so that views can be made over them.

The mirror's sink fills those of the mirror and adds the columns a shop has beyond its pack.
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
from aethermart.warehouse.bronze_views import empty_bronze
from aethermart.warehouse.reporting import ensure_rates_table


def ensure_mirror_tables(connection: duckdb.DuckDBPyConnection, shops: Sequence[Shop]) -> None:
    """Create what is missing, in the caller's transaction if it has one.

    A table gets the columns that a newer pack expects of it, empty, until it is captured anew.
    """
    create_bookkeeping(connection)
    empty_bronze(connection, shops)
    ensure_rates_table(connection)
    for shop in shops:
        for table in shop.pack.tables.values():
            columns = {name: kind.duckdb for name, kind in table.columns.items()} | OWN_COLUMNS
            listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
            name = mirror_table(shop.name, table.name)
            connection.execute(f"CREATE TABLE IF NOT EXISTS {name} ({listed})")
            described = connection.execute(f"DESCRIBE {name}").fetchall()
            present = {str(row[0]).lower() for row in described}
            for column, kind in columns.items():
                if column.lower() not in present:
                    connection.execute(f"ALTER TABLE {name} ADD COLUMN {quoted(column)} {kind}")
