"""Empty mirror tables for what no one has captured yet, so that views can be made over them.

The mirror's sink fills them and adds the columns a shop has beyond its pack.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from aethermart.packs.pack import Shop

# One row a shop: the log offset the mirror reflects, and the times that go with it.
_OFFSETS = """
CREATE TABLE IF NOT EXISTS mirror._offsets (
  shop VARCHAR,
  log_offset BIGINT,
  as_of TIMESTAMPTZ,
  committed_at TIMESTAMPTZ,
  applied_at TIMESTAMPTZ
)
"""
_META = ("_position BIGINT", "_committed_at TIMESTAMPTZ", "_offset BIGINT")


def ensure_mirror_tables(connection: duckdb.DuckDBPyConnection, shops: Sequence[Shop]) -> None:
    """Create what is missing, in the caller's transaction if it has one; alters no table."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS mirror")
    connection.execute(_OFFSETS)
    for shop in shops:
        for table in shop.pack.tables.values():
            columns = [f"{quoted(name)} {kind.duckdb}" for name, kind in table.columns.items()]
            connection.execute(
                f"CREATE TABLE IF NOT EXISTS mirror.{quoted(shop.mirror_table(table.name))} "
                f"({', '.join([*columns, *_META])})"
            )


def quoted(identifier: str) -> str:
    escaped = identifier.replace('"', '""')
    return f'"{escaped}"'
