"""What a shop lacks for a metric: a number that cannot be had is none, not 0."""

from __future__ import annotations

import duckdb

from aethermart.warehouse.metrics.declared import Metric

# Gold table -> entities without which it has no rows of a shop, whatever happened there.
_MADE_OF = {
    "fct_sales": ("orders", "order_items"),
    "fct_orders": ("orders",),
}


def lacking(connection: duckdb.DuckDBPyConnection, metric: Metric, shop: str) -> tuple[str, ...]:
    """Entities that the metric needs and the shop's pack does not stage."""
    needed = dict.fromkeys(
        entity for part in metric.parts for entity in _MADE_OF.get(part.table, ())
    )
    staged = {
        name
        for (name,) in connection.execute(
            "SELECT view_name FROM duckdb_views() "
            "WHERE schema_name = 'staging' AND starts_with(view_name, ?)",
            [f"stg_{shop}__"],
        ).fetchall()
    }
    return tuple(entity for entity in needed if f"stg_{shop}__{entity}" not in staged)
